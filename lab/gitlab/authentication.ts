import type { IncomingHttpHeaders } from "node:http";
import { ApiError, unauthorized } from "./errors.ts";
import type { AccessToken, RunningJob, Scope, State } from "./state.ts";

/**
 * The token a request carries: `PRIVATE-TOKEN`, or `Authorization: Bearer`.
 *
 * @returns undefined for a request without any.
 * @throws ApiError 401 for a token that is unknown, revoked or past its day.
 */
export function authenticate(state: State, headers: IncomingHttpHeaders): AccessToken | undefined {
  const value = presentedToken(headers);
  return value === undefined ? undefined : acceptedToken(state, value);
}

/** @throws ApiError 401, as {@link authenticate}. */
export function acceptedToken(state: State, value: string): AccessToken {
  const token = state.tokens.find((candidate) => candidate.value === value);
  if (token === undefined) throw unauthorized();
  if (token.revoked) {
    throw invalidToken("Token was revoked. You have to re-authorize from the user.");
  }
  if (token.expiresAt !== null && token.expiresAt <= new Date().toISOString().slice(0, 10)) {
    throw invalidToken("Token is expired. You can either do re-authorization or token refresh.");
  }
  return token;
}

/** The running job of a job token; undefined for a token that is none, or whose job has ended. */
export function jobOf(state: State, token: string): RunningJob | undefined {
  return state.jobs.find((job) => job.token === token && !job.ended);
}

/** @throws ApiError 403 naming the scopes, when the token has none of them. */
export function requireScope(token: AccessToken, sufficient: readonly Scope[]): void {
  if (sufficient.some((scope) => token.scopes.includes(scope))) return;
  throw new ApiError(403, {
    error: "insufficient_scope",
    error_description: "The request requires higher privileges than provided by the access token.",
    scope: sufficient.join(" "),
  });
}

function invalidToken(description: string): ApiError {
  return new ApiError(401, { error: "invalid_token", error_description: description });
}

function presentedToken(headers: IncomingHttpHeaders): string | undefined {
  const own = headers["private-token"];
  if (typeof own === "string" && own !== "") return own;
  return /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
}

/** User name and password of `Authorization: Basic`, which is how Git sends a token. */
export function basicCredentials(
  headers: IncomingHttpHeaders,
): { readonly user: string; readonly password: string } | undefined {
  const encoded = /^Basic (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [user = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { user, password: password.join(":") };
}
