import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, request as httpsRequest } from "node:https";
import type { IssuedCertificate } from "./ca.ts";
import { endServer } from "./http-service.ts";

/** Which pushes a registry refuses; its owner may change it at any time. */
export interface Fault {
  /** Names of repositories (`acme/shop/app/cache`) that take no push; undefined refuses nothing. */
  refusePush: RegExp | undefined;
}

/** One entry of a registry token's claim `access`, as GitLab signs it. */
export interface RegistryAccessClaim {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
  /** RE2 patterns of the tags that the token's client may not change. */
  readonly meta?: {
    readonly tag_deny_access_patterns: {
      readonly push: readonly string[];
      readonly delete: readonly string[];
    };
  };
}

export interface RegistryProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: IssuedCertificate;
  /** Where the registry itself listens, without TLS, on this computer's loopback. */
  readonly upstreamPort: number;
  readonly fault: Fault;
  /**
   * Requests for its path go to this token server. Clients that sign (go-containerregistry) refuse one on a private
   * address, unless it is where the registry is.
   */
  readonly tokenServer: { readonly url: URL; readonly caPem: string } | undefined;
}

const writes = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** The repository a request would change; undefined for one that only reads. */
export function pushedRepository(method: string, url: string): string | undefined {
  if (!writes.has(method)) return undefined;
  return /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(url)?.[1];
}

/**
 * Adds to a registry what the distribution registry has not got: it refuses what {@link Fault} says, and changes of
 * tags that the token of the request excludes, which GitLab's registry does by itself. All else passes unchanged.
 *
 * @returns what ends it.
 */
export async function startRegistryProxy(options: RegistryProxyOptions): Promise<() => Promise<void>> {
  const [key, cert] = await Promise.all([
    readFile(options.certificate.keyPath),
    readFile(options.certificate.certPath),
  ]);
  const server = createServer({ key, cert }, (incoming, response) => {
    const { fault, tokenServer, upstreamPort } = options;
    if (tokenServer !== undefined && incoming.url?.split("?")[0] === tokenServer.url.pathname)
      forward(incoming, response, tokenServer.url, tokenServer.caPem);
    else if (isRefused(incoming, fault) || isDenied(incoming)) refuse(incoming, response);
    else forward(incoming, response, new URL(`http://127.0.0.1:${upstreamPort}`));
  });
  await once(server.listen(options.port, options.host), "listening");
  return () => endServer(server);
}

function isRefused(incoming: IncomingMessage, fault: Fault): boolean {
  // A client without credentials gets the registry's own challenge first, as it would from a real one.
  if (fault.refusePush === undefined || incoming.headers.authorization === undefined) return false;
  const repository = pushedRepository(incoming.method ?? "", incoming.url ?? "");
  return repository !== undefined && fault.refusePush.test(repository);
}

/** Reads the token without a check of its signature: the registry behind makes that. */
function isDenied({ method = "", url = "", headers }: IncomingMessage): boolean {
  const [, name, tag] = /^\/v2\/(.+)\/manifests\/([^:/?]+)$/.exec(url) ?? [];
  const by = method === "PUT" ? "push" : method === "DELETE" ? "delete" : undefined;
  if (tag === undefined || by === undefined) return false;
  return accessOf(headers.authorization).some(
    (claim) =>
      claim.name === name &&
      claim.meta?.tag_deny_access_patterns[by].some((pattern) => new RegExp(pattern).test(tag)),
  );
}

function accessOf(authorization: string | undefined): readonly RegistryAccessClaim[] {
  const [, payload] = /^Bearer [^.]+\.([^.]+)\./.exec(authorization ?? "") ?? [];
  if (payload === undefined) return [];
  return (JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { access: RegistryAccessClaim[] })
    .access;
}

function refuse(incoming: IncomingMessage, response: ServerResponse): void {
  const message = "requested access to the resource is denied";
  incoming.resume();
  response.writeHead(403, {
    "content-type": "application/json",
    "docker-distribution-api-version": "registry/2.0",
  });
  response.end(JSON.stringify({ errors: [{ code: "DENIED", message, detail: null }] }));
}

function forward(incoming: IncomingMessage, response: ServerResponse, to: URL, ca?: string): void {
  const outgoing = (to.protocol === "https:" ? httpsRequest : request)(
    to.origin,
    {
      ...(ca === undefined ? {} : { ca }),
      method: incoming.method,
      path: incoming.url,
      // The registry makes its upload addresses from these.
      headers: { ...incoming.headers, "x-forwarded-proto": "https" },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.on("error", () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}
