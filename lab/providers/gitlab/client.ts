import { rootCertificates } from "node:tls";
import { Agent, fetch, type Response } from "undici";
import type { GitlabSettings } from "./settings.ts";

/** GitLab's refusal, or the reason why it could not be asked. */
export class GitlabError extends Error {
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.name = "GitlabError";
    this.status = status;
    // The SDK's plugin server prints stacks; where in here a user's mistake was noticed helps nobody.
    this.stack = "";
  }
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Parameters = Readonly<Record<string, unknown>>;

/** The call's answer; undefined where GitLab says that there is no such thing. */
export async function unlessAbsent(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof GitlabError && error.status === 404) return undefined;
    throw error;
  }
}

/** Makes a path below the API's base, each part encoded: a project's or file's slashes are no separators. */
export function apiPath(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.map((part, index) => part + encodeURIComponent(values[index] ?? "")).join("");
}

/** Speaks GitLab's REST API, version 4. */
export class GitlabClient {
  readonly #settings: GitlabSettings;
  readonly #dispatcher: Agent;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(settings: GitlabSettings) {
    this.#settings = settings;
    const { caCertificates, insecure } = settings;
    this.#dispatcher = new Agent({
      connect: {
        rejectUnauthorized: insecure !== true,
        ...(caCertificates === undefined ? {} : { ca: [...rootCertificates, caCertificates] }),
      },
    });
  }

  /**
   * Calls one endpoint: parameters go into the query of a GET or DELETE, into a JSON body elsewhere.
   *
   * @returns the answer's JSON; undefined where it has none.
   * @throws GitlabError with GitLab's own message.
   */
  async call(method: Method, path: string, parameters: Parameters = {}): Promise<unknown> {
    const address = `${this.#settings.baseUrl}${path}`;
    const url = new URL(address);
    const inQuery = method === "GET" || method === "DELETE";
    if (inQuery)
      for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, String(value));
    const response = await fetch(url, {
      method,
      dispatcher: this.#dispatcher,
      headers: {
        "private-token": this.#token(),
        ...(inQuery ? {} : { "content-type": "application/json" }),
      },
      ...(inQuery ? {} : { body: JSON.stringify(parameters) }),
    }).catch((error: unknown) => {
      throw unreachable(method, address, error);
    });
    const body = await bodyOf(response);
    if (!response.ok) throw new GitlabError(refusal(method, address, response.status, body), response.status);
    return body;
  }

  /** Runs `work` when all that was asked for earlier is done: GitLab takes one change to a repository at a time. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  #token(): string {
    const { token } = this.#settings;
    if (token === undefined || token === "") {
      throw new GitlabError(
        "no GitLab token: run pulumi config set --secret gitlab:token TOKEN, or set GITLAB_TOKEN",
      );
    }
    return token;
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in between answers with a page of its own.
    return { message: text.slice(0, 200) };
  }
}

/** As the published provider words it: `POST https://…: 400 {message: {value: [is invalid]}}`. */
function refusal(method: Method, address: string, status: number, body: unknown): string {
  return `${method} ${address}: ${status} ${flattened(body)}`;
}

function flattened(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flattened).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([key, member]) => `{${key}: ${flattened(member)}}`)
      .join(", ");
  }
  return String(value);
}

function unreachable(method: Method, address: string, error: unknown): GitlabError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const untrusted = /certificate|self.signed/i.test(reason);
  const advice = untrusted ? "name the authority's certificate in gitlab:cacertFile" : "check gitlab:baseUrl";
  return new GitlabError(`${method} ${address}: no answer (${reason}); ${advice}`);
}
