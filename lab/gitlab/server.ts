import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import { buffer } from "node:stream/consumers";
import { artifactRoutes } from "./api/artifacts.ts";
import { branchRoutes } from "./api/branches.ts";
import { fileRoutes } from "./api/files.ts";
import { issueRoutes } from "./api/issues.ts";
import { mergeRequestRoutes } from "./api/merge-requests.ts";
import { noteRoutes } from "./api/notes.ts";
import { pipelineRoutes } from "./api/pipelines.ts";
import { projectRoutes } from "./api/projects.ts";
import { protectionRoutes } from "./api/protections.ts";
import { registryRoutes } from "./api/registry.ts";
import { runnerProtocolRoutes } from "./api/runner-protocol.ts";
import { runnerRoutes } from "./api/runners.ts";
import { scheduleRoutes } from "./api/schedules.ts";
import { userRoutes } from "./api/users.ts";
import { variableRoutes } from "./api/variables.ts";
import { authenticate } from "./authentication.ts";
import { answerTokenRequest, type RegistrySigner } from "./container-registry.ts";
import { ApiError } from "./errors.ts";
import { discoveryDocument, type Issuer } from "./id-tokens.ts";
import { countRequest } from "./rate-limit.ts";
import { parseParameters } from "./request.ts";
import { Call, match, type Reply, type Route } from "./router.ts";
import { parseGitRequest, serveGit } from "./smart-http.ts";
import type { State } from "./state.ts";

const routes: readonly Route[] = [
  ...userRoutes,
  ...projectRoutes,
  ...variableRoutes,
  ...fileRoutes,
  ...branchRoutes,
  ...protectionRoutes,
  ...registryRoutes,
  ...scheduleRoutes,
  ...pipelineRoutes,
  ...artifactRoutes,
  ...mergeRequestRoutes,
  ...issueRoutes,
  ...noteRoutes,
  // Before the runner records: `/runners/managers` is no runner's number.
  ...runnerProtocolRoutes,
  ...runnerRoutes,
];

/** One line of the request log. No query and no body: they may carry a secret. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface ServerOptions {
  readonly state: State;
  /** Key and certificate as PEM; plain HTTP without. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /** Address clients know the server by; asked for at each request, since the port may be chosen late. */
  readonly url: () => string;
  readonly log: LoggedRequest[];
  readonly issuer: Issuer;
  /** Undefined where the instance has no container registry. */
  readonly signRegistryToken: RegistrySigner | undefined;
}

const apiPrefix = "/api/v4/";

export function createServer(options: ServerOptions): Server {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    // An address that is none is asked for by nobody: it gets the 404 of the root.
    const url = URL.parse(request.url ?? "/", options.url()) ?? new URL(options.url());
    const log = () =>
      options.log.push({ method: request.method ?? "", path: url.pathname, status: response.statusCode });
    // The status is set by then, and who has read the answer finds the line.
    response.once("prefinish", log);
    answer(options, url, request, response).catch((error: unknown) => refuse(url, response, error));
  };
  return options.tls === undefined ? createHttp(listener) : createHttps(options.tls, listener);
}

async function answer(
  options: ServerOptions,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const git = parseGitRequest(url);
  if (git !== undefined) return serveGit(options.state, git, request, response);
  if (url.pathname === "/jwt/auth") return send(response, await answerTokens(options, url, request));
  if (!url.pathname.startsWith(apiPrefix)) return send(response, await answerDiscovery(options, url));
  const refusal = countRequest(options.state.instance, response);
  send(response, refusal ?? (await answerApi(options, url, request)));
}

/** Clients that try the protocol's POST first go on with GET. */
async function answerTokens(
  { state, signRegistryToken }: ServerOptions,
  url: URL,
  { method, headers }: IncomingMessage,
): Promise<Reply> {
  if (method !== "GET" || signRegistryToken === undefined) return { status: 404 };
  return answerTokenRequest(state, signRegistryToken, url.searchParams, headers);
}

/** What those ask who check an ID token. */
async function answerDiscovery({ issuer, url: address }: ServerOptions, { pathname }: URL): Promise<Reply> {
  switch (pathname) {
    case "/.well-known/openid-configuration":
      return { status: 200, body: discoveryDocument(address()) };
    case "/oauth/discovery/keys":
      return { status: 200, body: await issuer.keySet() };
    default:
      return { status: 404, body: { error: "404 Not Found" } };
  }
}

async function answerApi(options: ServerOptions, url: URL, request: IncomingMessage): Promise<Reply> {
  const segments = decodedSegments(url);
  const found = match(routes, request.method ?? "", segments);
  const body = await buffer(request);
  if (found === undefined) return { status: 404, body: { error: "404 Not Found" } };
  const call = new Call(
    options.state,
    {
      address: url,
      parameters: await parseParameters(url.searchParams, request.headers["content-type"], body),
      token: authenticate(options.state, request.headers),
    },
    options.url(),
    found.path,
  );
  return found.route.run(call);
}

function decodedSegments(url: URL): string[] {
  try {
    return url.pathname.slice(apiPrefix.length).split("/").map(decodeURIComponent);
  } catch {
    throw new ApiError(400, { error: "400 Bad Request" });
  }
}

function send(response: ServerResponse, reply: Reply): void {
  const { status, body, headers } = reply;
  if (body === undefined) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body) ? "application/octet-stream" : "application/json";
  response.writeHead(status, { "content-type": type, "content-length": bytes.length, ...headers });
  response.end(bytes);
}

function refuse(url: URL, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof ApiError)) {
    // GitLab says no more than this; the lab's own log must.
    console.error(`GitLab stand-in: ${url.pathname}:`, error);
    send(response, { status: 500, body: { message: "500 Internal Server Error" } });
    return;
  }
  const challenge = error.status === 401 && !url.pathname.startsWith(apiPrefix);
  const headers: Record<string, string> = challenge ? { "www-authenticate": 'Basic realm="GitLab"' } : {};
  send(response, { status: error.status, body: error.body, headers });
}
