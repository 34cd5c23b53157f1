/** GitLab's API, for reading only: a request that would change something is refused before it is sent. */
import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { Agent, request } from "node:https";
import { createSecureContext, getCACertificates } from "node:tls";
import { Gitlab } from "@gitbeaker/rest";

/** How GitLab is reached, as its Pulumi provider is configured. */
export interface GitlabConnection {
  /** Without the API path: `https://gitlab.example.com`. */
  readonly url: string;
  readonly token: string | undefined;
  /** `gitlab:cacertFile`: certificates that are trusted beside the system's. */
  readonly caFile: string | undefined;
  /** `gitlab:insecure`. */
  readonly insecure: boolean;
}

/** GitLab's own no. */
export class GitlabRefusal extends Error {
  override readonly name = "GitlabRefusal";
  readonly status: number;
  /** Below `/api/v4/`. */
  readonly path: string;

  constructor(status: number, path: string, message: string) {
    super(message);
    this.status = status;
    this.path = path;
  }
}

/** No answer: the name, the connection or the certificate failed. */
export class GitlabUnreachable extends Error {
  override readonly name = "GitlabUnreachable";
  /** Node's: `ENOTFOUND`, `ECONNREFUSED`, `SELF_SIGNED_CERT_IN_CHAIN`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers */
export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** When the count starts again. */
  readonly reset: Date | undefined;
}

/** Certificates that a connection to GitLab trusts. @throws Error where the file cannot be read. */
export const trusted = ({ caFile }: Pick<GitlabConnection, "caFile">): string[] => [
  ...new Set([...getCACertificates("default"), ...getCACertificates("system")]),
  ...(caFile === undefined ? [] : [readFileSync(caFile, "utf8")]),
];

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

const TIMEOUT = 15_000;

/**
 * GitLab's API by its usual client, which asks through {@link GitlabClient}'s own requests: with the certificates and the proxy
 * of the provider, and for reading only.
 *
 * @example
 * const client = new GitlabClient({ url, token, caFile: undefined, insecure: false });
 * await client.api.Projects.show("acme/shop");
 */
export class GitlabClient {
  readonly api: InstanceType<typeof Gitlab>;
  readonly connection: GitlabConnection;
  #quota: Quota | undefined;
  #agent: Agent | undefined;
  #answered = false;

  constructor(connection: GitlabConnection) {
    this.connection = connection;
    const refuse = async (path: string): Promise<never> => {
      throw new Error(`the doctor only reads, and refuses a request for ${path}`);
    };
    this.api = new Gitlab({
      host: connection.url,
      token: connection.token ?? "",
      // Some of the client's parts ask below a prefix of their own.
      requesterFn: ({ url }) => ({
        get: (path, options) => this.#get(`${url.replace(/\/+$/, "")}/${path}`, options?.searchParams ?? {}),
        post: refuse,
        put: refuse,
        patch: refuse,
        delete: refuse,
      }),
    });
  }

  /** GitLab has answered, possibly with an error. */
  get answered(): boolean {
    return this.#answered;
  }

  /** The least that was left of the quota in any answer; undefined where GitLab has no limit. */
  get quota(): Quota | undefined {
    return this.#quota;
  }

  async #get<T>(
    address: string,
    parameters: Record<string, unknown>,
  ): Promise<{ body: T; headers: Record<string, string>; status: number }> {
    const url = new URL(address);
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined) url.searchParams.set(snake(name), String(value));
    const { status, headers, text } = await this.#send(url);
    this.#answered = true;
    this.#count(headers);
    const body: unknown = parsed(text);
    if (status >= 400)
      throw new GitlabRefusal(
        status,
        url.pathname.replace(/^.*?\/api\/v4\//, ""),
        messageOf(body) ?? `status ${status}`,
      );
    return { body: body as T, headers, status };
  }

  #send(url: URL): Promise<Answer> {
    const { token } = this.connection;
    const secure = url.protocol === "https:";
    const options = {
      headers: token === undefined ? {} : { "PRIVATE-TOKEN": token },
      timeout: TIMEOUT,
      ...(secure ? { agent: this.#secureAgent() } : {}),
    };
    return new Promise((resolve, reject) => {
      const unreachable = (error: NodeJS.ErrnoException) =>
        reject(new GitlabUnreachable(error.code ?? "UNKNOWN", error.message));
      const asked = (secure ? request : plainRequest)(url, options, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", unreachable);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
            ),
            text: Buffer.concat(parts).toString("utf8"),
          }),
        );
      });
      asked.on("timeout", () =>
        asked.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })),
      );
      asked.on("error", unreachable);
      asked.end();
    });
  }

  #secureAgent(): Agent {
    this.#agent ??= new Agent({
      // Hundreds of certificates: read once, and not for each connection.
      secureContext: createSecureContext({ ca: trusted(this.connection) }),
      rejectUnauthorized: !this.connection.insecure,
      proxyEnv: process.env,
      keepAlive: true,
    });
    return this.#agent;
  }

  #count(headers: Record<string, string>): void {
    const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) => {
      const value = headers[`ratelimit-${name}`];
      return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
    });
    if (limit === undefined || remaining === undefined) return;
    if (this.#quota !== undefined && this.#quota.remaining <= remaining) return;
    this.#quota = { limit, remaining, reset: reset === undefined ? undefined : new Date(reset * 1000) };
  }
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { message, error, error_description } = body as Record<string, unknown>;
  const said = error_description ?? message ?? error;
  return said === undefined ? undefined : typeof said === "string" ? said : JSON.stringify(said);
}
