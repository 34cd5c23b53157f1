import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { acceptedToken, basicCredentials, jobOf } from "./authentication.ts";
import { ApiError, forbidden, notFound } from "./errors.ts";
import { recordPush } from "./pipelines.ts";
import { gitEnvironment } from "./repository.ts";
import {
  accessLevels,
  matchesWildcard,
  mayPush,
  type Project,
  type Scope,
  type State,
  type User,
} from "./state.ts";

const hooks = path.join(import.meta.dirname, "hooks");

/** A request of Git's own protocol: which repository, and which part of the protocol. */
export interface GitRequest {
  readonly projectPath: string;
  readonly endpoint: "info/refs" | "git-upload-pack" | "git-receive-pack";
  readonly service: "git-upload-pack" | "git-receive-pack";
}

/** @returns undefined for an address that is none of Git's. */
export function parseGitRequest(url: URL): GitRequest | undefined {
  const parts = /^\/(.+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname);
  const [, projectPath, endpoint] = parts ?? [];
  if (projectPath === undefined || !isEndpoint(endpoint)) return undefined;
  const service = endpoint === "info/refs" ? url.searchParams.get("service") : endpoint;
  if (service !== "git-upload-pack" && service !== "git-receive-pack") return undefined;
  return { projectPath: decodeURIComponent(projectPath), endpoint, service };
}

/**
 * Serves a clone, fetch or push by `git http-backend`.
 *
 * @throws ApiError 401 without a token, 403 where it does not suffice, 404 for a repository the user may not see.
 */
export async function serveGit(
  state: State,
  git: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pushes = git.service === "git-receive-pack";
  const user = authorize(state, git, request);
  const project = state.findProject(git.projectPath);
  const level = project === undefined ? accessLevels.none : state.accessLevel(user, project.path);
  if (project === undefined || level < accessLevels.reporter) throw notFound();
  if (pushes && level < accessLevels.developer) throw forbidden();
  if (git.endpoint !== "git-receive-pack") {
    await runBackend(project, git, request, plainBody(request), response);
    response.end();
    return;
  }
  await project.repository.exclusively(async () => {
    const before = await refsOf(project);
    const pack = await buffer(plainBody(request));
    const denied = pushedRefs(pack).filter((ref) => !mayUpdate(project, ref, user, level));
    await runBackend(project, git, request, Readable.from([pack]), response, {
      DENIED_REFS: denied.join("\n"),
    });
    // Before the answer ends: who sees the push done finds its pipeline.
    await recordPushes(state, project, before);
    response.end();
  });
}

/** The body, as it was before the client compressed it. */
function plainBody(request: IncomingMessage): Readable {
  return request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
}

/**
 * Full names of the refs that a push wants to change: its first lines, each `<old> <new> <ref>` with its own length in
 * four hexadecimal digits before it, up to the length zero.
 */
function pushedRefs(pack: Buffer): string[] {
  const refs: string[] = [];
  for (let at = 0; at + 4 <= pack.length; ) {
    const length = Number.parseInt(pack.toString("latin1", at, at + 4), 16);
    if (!(length > 4)) break;
    const line = pack.toString("utf8", at + 4, at + length);
    refs.push(/^[0-9a-f]+ [0-9a-f]+ ([^\0\n]+)/.exec(line)?.[1] ?? "");
    at += length;
  }
  return refs.filter((ref) => ref !== "");
}

function mayUpdate(project: Project, ref: string, user: User, level: number): boolean {
  if (ref.startsWith("refs/heads/")) return mayPush(project, ref.slice("refs/heads/".length), user, level);
  const rules = project.protectedTags.filter(({ name }) => matchesWildcard(`refs/tags/${name}`, ref));
  return rules.length === 0 || rules.some(({ createLevel }) => createLevel > 0 && level >= createLevel);
}

/** @returns on whose behalf the request is made: a token's user, or the one who started a job. */
function authorize(state: State, git: GitRequest, request: IncomingMessage): User {
  const credentials = basicCredentials(request.headers);
  if (credentials === undefined) throw new ApiError(401, { message: "HTTP Basic: Access denied" });
  const pushes = git.service === "git-receive-pack";
  if (credentials.user === "gitlab-ci-token") {
    const job = jobOf(state, credentials.password);
    if (job === undefined) throw new ApiError(401, { message: "HTTP Basic: Access denied" });
    // Its own project, and no other that has not allowed it; and a job pushes nothing unless its project says so.
    if (job.project.path !== git.projectPath) throw notFound();
    if (pushes) throw new ApiError(403, { message: "You are not allowed to upload code for this project." });
    return job.user;
  }
  const token = acceptedToken(state, credentials.password);
  const sufficient: readonly Scope[] = pushes
    ? ["write_repository"]
    : ["read_repository", "write_repository"];
  const scopes: readonly Scope[] = ["api", ...sufficient];
  if (!scopes.some((scope) => token.scopes.includes(scope))) {
    throw new ApiError(403, { message: "HTTP Basic: Access denied. The token's scopes do not suffice" });
  }
  return token.user;
}

async function refsOf(project: Project): Promise<Map<string, string>> {
  const { repository } = project;
  return new Map([...(await repository.refs("heads")), ...(await repository.refs("tags"))]);
}

async function recordPushes(
  state: State,
  project: Project,
  before: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [ref, sha] of await refsOf(project)) {
    if (before.get(ref) === sha) continue;
    const [commit] = await project.repository.commits(sha, 1);
    await recordPush(state, project, {
      ...{ ref, sha, before: before.get(ref) },
      message: commit?.message ?? "",
    });
  }
}

function isEndpoint(text: string | undefined): text is GitRequest["endpoint"] {
  return text === "info/refs" || text === "git-upload-pack" || text === "git-receive-pack";
}

/** Runs the backend and passes its answer on, all but its end. */
async function runBackend(
  project: Project,
  git: GitRequest,
  request: IncomingMessage,
  body: Readable,
  response: ServerResponse,
  extra: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { directory } = project.repository;
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH ?? "",
      ...gitEnvironment,
      ...extra,
      GIT_PROJECT_ROOT: path.dirname(directory),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${path.basename(directory)}/${git.endpoint}`,
      REMOTE_USER: "git",
      REQUEST_METHOD: request.method ?? "GET",
      QUERY_STRING: `service=${git.service}`,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.hooksPath",
      GIT_CONFIG_VALUE_0: hooks,
    },
  });
  body.pipe(backend.stdin);
  // A client that goes away, or a backend that ends early, closes the pipe: the exit code tells what matters.
  backend.stdin.on("error", () => undefined);
  const failed = new Promise<never>((_, reject) => backend.once("error", reject));
  await Promise.race([failed, forwardCgi(backend.stdout, response)]);
}

/** Turns the CGI answer (header lines, an empty line, the body) into an HTTP one, as it arrives. */
async function forwardCgi(output: Readable, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const part of output) {
    const bytes = Buffer.from(part);
    if (head === undefined) {
      response.write(bytes);
      continue;
    }
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    sendHead(head.subarray(0, end).toString("latin1"), response);
    response.write(head.subarray(end + 4));
    head = undefined;
  }
  if (head !== undefined) response.writeHead(500);
}

function sendHead(head: string, response: ServerResponse): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const [name = "", ...value] = line.split(":");
    const text = value.join(":").trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(text, 10);
    else response.setHeader(name, text);
  }
  response.writeHead(status);
}
