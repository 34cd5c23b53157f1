/**
 * Google's Security Token Service and the one call of its IAM Credentials API that a job makes.
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 * @see https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
import { errors } from "jose";
import { type Answer, googleError, json, type Request } from "../http-service.ts";
import type { Issuer } from "./issuer.ts";

export interface GoogleSettings {
  readonly issuer: Issuer;
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  readonly provider: string;
  /** What a federated identity gets. */
  readonly accessToken: string;
  /** Accounts that this provider's identities may act as, and their access tokens. */
  readonly serviceAccounts?: Readonly<Record<string, string>>;
}

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TOKENS = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** An error as OAuth 2.0 has it, RFC 6749, 5.2. */
const refuse = (error: string, description: string): Answer =>
  json(400, { error, error_description: description });

/** @returns nothing for a request that is none of Google's. */
export async function answerAsGoogle(
  settings: GoogleSettings,
  request: Request,
): Promise<Answer | undefined> {
  if (request.method !== "POST") return undefined;
  if (request.path === "/v1/token") return exchange(settings, request);
  const account = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(
    request.path,
  )?.[1];
  return account === undefined ? undefined : impersonate(settings, decodeURIComponent(account), request);
}

async function exchange(settings: GoogleSettings, request: Request): Promise<Answer> {
  if (request.headers["content-type"] !== "application/x-www-form-urlencoded")
    return refuse("invalid_request", "Unsupported content type.");
  const form = new URLSearchParams(request.body);
  if (form.get("grant_type") !== GRANT) return refuse("unsupported_grant_type", "Invalid grant_type.");
  if (form.get("requested_token_type") !== ACCESS_TOKEN)
    return refuse("invalid_request", "Invalid requested_token_type.");
  if (!SUBJECT_TOKENS.includes(form.get("subject_token_type") ?? ""))
    return refuse("invalid_request", "Invalid subject_token_type.");
  if (form.get("scope") !== SCOPE) return refuse("invalid_scope", "Invalid scope.");
  if (form.get("audience") !== `//iam.googleapis.com/${settings.provider}`)
    return refuse("invalid_target", 'Invalid value for "audience".');
  const problem = await tokenProblem(settings, form.get("subject_token") ?? "");
  if (problem !== undefined) return refuse("invalid_grant", problem);
  return json(200, {
    access_token: settings.accessToken,
    issued_token_type: ACCESS_TOKEN,
    token_type: "Bearer",
    expires_in: 3599,
  });
}

/** Without audiences of its own, a provider takes its own name, with or without `https:`. */
async function tokenProblem(settings: GoogleSettings, token: string): Promise<string | undefined> {
  try {
    const { aud } = await settings.issuer.claims(token);
    const names = [
      `//iam.googleapis.com/${settings.provider}`,
      `https://iam.googleapis.com/${settings.provider}`,
    ];
    return [aud].flat().some((audience) => audience !== undefined && names.includes(audience))
      ? undefined
      : `The audience in ID Token [${String(aud)}] does not match the expected audience.`;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return "ID Token is stale to sign-in.";
    return "The given credential is rejected: error verifying the ID token.";
  }
}

function impersonate(settings: GoogleSettings, account: string, request: Request): Answer {
  if (request.headers.authorization !== `Bearer ${settings.accessToken}`)
    return googleError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
  const token = settings.serviceAccounts?.[account];
  if (token === undefined)
    return googleError(
      403,
      "PERMISSION_DENIED",
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    );
  const body: unknown = JSON.parse(request.body);
  if (typeof body !== "object" || body === null || !("scope" in body) || !Array.isArray(body.scope))
    return googleError(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
  return json(200, { accessToken: token, expireTime: new Date(Date.now() + 3_600_000).toISOString() });
}
