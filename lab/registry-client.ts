import { Agent, fetch, type Headers } from "undici";
import { LabError } from "./errors.ts";

export interface RegistryAccess {
  /** `https://10.77.0.1:5000` */
  readonly url: string;
  /** PEM of the authority that signed the registry's certificate. */
  readonly caPem: string;
  readonly credentials?: { readonly user: string; readonly password: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What a tag may point at: one image, or an index of several, in OCI's or Docker's words. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** docker-registry answers with no more names than this at once. */
const pageSize = 1000;

/** The names of all repositories that were ever pushed to, sorted. */
export async function listRepositories(access: RegistryAccess): Promise<string[]> {
  const all: string[] = [];
  for (let page = [""]; page.length > 0; ) {
    const last = encodeURIComponent(all.at(-1) ?? "");
    const answer = await get(access, `/v2/_catalog?n=${pageSize}&last=${last}`);
    page = (JSON.parse(answer.body) as { repositories: string[] }).repositories;
    all.push(...page);
  }
  return all.sort();
}

/** A repository's tags, sorted; none when there is no such repository. */
export async function listTags(access: RegistryAccess, repository: string): Promise<string[]> {
  const answer = await get(access, `/v2/${repository}/tags/list`, [404]);
  if (answer.status === 404) return [];
  const { tags } = JSON.parse(answer.body) as { tags: string[] | null };
  return (tags ?? []).sort();
}

/** The digest (`sha256:…`) a tag points at; undefined when there is no such tag. */
export async function digestOf(
  access: RegistryAccess,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  const answer = await send(access, "HEAD", `/v2/${repository}/manifests/${tag}`, [404]);
  return answer.status === 404 ? undefined : (answer.headers.get("docker-content-digest") ?? undefined);
}

/** The manifest or index behind a tag or digest, parsed; undefined when there is none. */
export async function manifestOf(
  access: RegistryAccess,
  repository: string,
  reference: string,
): Promise<unknown> {
  const answer = await get(access, `/v2/${repository}/manifests/${reference}`, [404]);
  return answer.status === 404 ? undefined : JSON.parse(answer.body);
}

/**
 * One request, with the access's credentials, or a token for them where the registry asks for one. Never throws for a
 * status.
 */
export async function ask(
  access: RegistryAccess,
  method: string,
  path: string,
  headers: { readonly authorization?: string } = {},
): Promise<Answer> {
  const basic = access.credentials && basicAuthorization(access.credentials);
  const url = new URL(path, access.url);
  const first = await request(access, method, url, headers.authorization ?? basic);
  const challenge = /^Bearer realm="([^"]+)",service="([^"]+)"(?:,scope="([^"]+)")?/.exec(
    first.headers.get("www-authenticate") ?? "",
  );
  if (first.status !== 401 || basic === undefined || challenge === null) return first;
  const [, realm = "", service = "", scope] = challenge;
  const query = new URLSearchParams({ service, ...(scope === undefined ? {} : { scope }) });
  const answer = await request(access, "GET", new URL(`${realm}?${query}`), basic);
  if (answer.status !== 200) return answer;
  const { token } = JSON.parse(answer.body) as { token: string };
  return request(access, method, url, `Bearer ${token}`);
}

const basicAuthorization = ({ user, password }: NonNullable<RegistryAccess["credentials"]>): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

async function request(
  { caPem }: RegistryAccess,
  method: string,
  url: URL,
  authorization: string | undefined,
): Promise<Answer> {
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const headers = {
    accept: `${manifestTypes}, application/json`,
    ...(authorization === undefined ? {} : { authorization }),
  };
  const signal = AbortSignal.timeout(10_000);
  try {
    const answer = await fetch(url, { dispatcher, method, headers, signal, redirect: "manual" });
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  } catch (error) {
    const { message } =
      error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    throw new LabError(`${url.origin} does not answer to ${method} ${url.pathname}: ${message}`);
  } finally {
    await dispatcher.close();
  }
}

function get(access: RegistryAccess, path: string, tolerated: readonly number[] = []): Promise<Answer> {
  return send(access, "GET", path, tolerated);
}

async function send(
  access: RegistryAccess,
  method: string,
  path: string,
  tolerated: readonly number[],
): Promise<Answer> {
  const answer = await ask(access, method, path);
  if (answer.status === 200 || tolerated.includes(answer.status)) return answer;
  throw new LabError(`${access.url} answered ${answer.status} to ${method} ${path}: ${answer.body.trim()}`);
}
