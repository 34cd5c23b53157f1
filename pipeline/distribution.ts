/**
 * Reads tags and digests from an image registry, anonymously.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md (manifests, tags, pagination)
 * @see https://distribution.github.io/distribution/spec/auth/token/ (the Bearer challenge and its token)
 */
import { createHash } from "node:crypto";
import { UsageError } from "../command-line.ts";
import { type ImageLocation, locateImage } from "./tools.ts";

/** A registry's answer that is of no use: says which registry, what it said, and what to do. */
export class RegistryError extends UsageError {
  override readonly name = "RegistryError";
  override readonly exitCode = 2;
}

/** What a tag may point at. Indexes first: a registry that can answer with several picks the first. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIMEOUT_MS = 30_000;
/** As many as registries give at once; the largest images have some ten thousand tags. */
const PAGE_SIZE = 1000;
const MOST_PAGES = 1000;

/** One image in its registry. */
export interface Repository {
  /** @returns the digest the tag points at now, or undefined when there is no such tag. */
  digest(tag: string): Promise<string | undefined>;
  tags(): Promise<string[]>;
}

/**
 * Opens an image's repository; nothing is asked before the first question. A token is fetched once.
 *
 * @param image without tag and digest, as tools.json names it.
 */
export function openRepository(image: string): Repository {
  const location = locateImage(image);
  const origin = originOf(location.registry);
  const path = `/v2/${location.repository}`;
  const ask = authenticated(image, location);
  return {
    async digest(tag) {
      const url = new URL(`${path}/manifests/${tag}`, origin);
      const head = await ask("HEAD", url, MANIFESTS);
      if (head.status === 404) return undefined;
      expectSuccess(image, url, head);
      const digest =
        head.headers.get("docker-content-digest") ?? (await hash(await ask("GET", url, MANIFESTS)));
      if (DIGEST.test(digest)) return digest;
      throw new RegistryError(
        `${location.registry} gives ${image}:${tag} the digest ${JSON.stringify(digest)}, which is not a sha256. ` +
          "Look the digest up with docker buildx imagetools inspect.",
      );
    },
    async tags() {
      const all: string[] = [];
      let url: URL | undefined = new URL(`${path}/tags/list?n=${PAGE_SIZE}`, origin);
      for (let page = 0; url !== undefined; page++) {
        if (page === MOST_PAGES) {
          throw new RegistryError(`${location.registry} still has more tags of ${image} after ${page} pages`);
        }
        const answer: Response = await ask("GET", url, "application/json");
        expectSuccess(image, url, answer);
        all.push(...tagsIn(await json(image, url, answer)));
        url = nextPage(image, url, answer.headers.get("link"));
      }
      return all;
    },
  };
}

/** Docker Hub answers under another name; loopback speaks plain HTTP, as Docker has it. */
function originOf(registry: string): string {
  if (registry === "docker.io") return "https://registry-1.docker.io";
  return `${isLoopback(registry) ? "http" : "https"}://${registry}`;
}

const isLoopback = (host: string): boolean => /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host);

type Ask = (method: "GET" | "HEAD", url: URL, accept: string) => Promise<Response>;

/** Asks with a token once the registry has asked for one. */
function authenticated(image: string, location: ImageLocation): Ask {
  let token: string | undefined;
  const send = (method: string, url: URL, accept: string) =>
    get(image, url, { method, headers: { accept, ...(token && { authorization: `Bearer ${token}` }) } });
  return async (method, url, accept) => {
    const first = await send(method, url, accept);
    if (first.status !== 401) return first;
    token = await fetchToken(image, location, first.headers.get("www-authenticate") ?? "");
    return send(method, url, accept);
  };
}

async function fetchToken(image: string, location: ImageLocation, challenge: string): Promise<string> {
  const wanted = new Map(
    [...challenge.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, name, value]) => [name?.toLowerCase(), value]),
  );
  const realm = wanted.get("realm");
  const url = realm !== undefined && URL.canParse(realm) ? new URL(realm) : undefined;
  const safe = url?.protocol === "https:" || (url !== undefined && isLoopback(url.host));
  if (!/^bearer /i.test(challenge) || url === undefined || !safe) {
    throw new RegistryError(
      `${location.registry} wants a login for ${image} that is not a token's: ${challenge || "no challenge"}. ` +
        "Only images that anyone may pull can be pinned here.",
    );
  }
  for (const name of ["service", "scope"]) {
    const value = wanted.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const answer = await get(image, url, { headers: { accept: "application/json" } });
  expectSuccess(image, url, answer);
  const body = await json(image, url, answer);
  const token = [body.token, body.access_token].find((one) => typeof one === "string" && one !== "");
  if (typeof token === "string") return token;
  throw new RegistryError(`${url.origin} answered without a token for ${image}. Try again later.`);
}

async function get(image: string, url: URL, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new RegistryError(
      `${url.origin} cannot be reached for ${image}: ${cause instanceof Error ? cause.message : message}. ` +
        "Check the network, or a proxy's NODE_USE_ENV_PROXY and HTTPS_PROXY.",
    );
  }
}

function expectSuccess(image: string, url: URL, answer: Response): void {
  if (answer.ok) return;
  const advice: Record<number, string> = {
    401: "Only images that anyone may pull can be pinned here.",
    403: "Only images that anyone may pull can be pinned here.",
    404: "Correct the image's name in the file.",
    429: "The registry limits anonymous requests: try again later.",
  };
  throw new RegistryError(
    `${url.origin}${url.pathname} answered ${answer.status} for ${image}. ${advice[answer.status] ?? "Try again later."}`,
  );
}

async function json(image: string, url: URL, answer: Response): Promise<Record<string, unknown>> {
  const body: unknown = await answer.json().catch(() => undefined);
  if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  throw new RegistryError(
    `${url.origin}${url.pathname} did not answer in JSON for ${image}. A proxy may have answered in its place.`,
  );
}

/** A repository that never had a tag has `null`. */
const tagsIn = (body: Record<string, unknown>): string[] =>
  Array.isArray(body.tags) ? body.tags.filter((tag) => typeof tag === "string") : [];

/** The token must not leave for another host, whatever the header says. */
function nextPage(image: string, current: URL, link: string | null): URL | undefined {
  const target = link?.match(/<([^>]+)>\s*;[^,]*\brel="?next"?/)?.[1];
  if (target === undefined) return undefined;
  const next = new URL(target, current);
  if (next.origin === current.origin && next.href !== current.href) return next;
  throw new RegistryError(`${current.origin} names ${next.href} as the next page of ${image}'s tags.`);
}

/** A registry need not say the digest; it is the hash of what it sends. */
async function hash(answer: Response): Promise<string> {
  const body = Buffer.from(await answer.arrayBuffer());
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
