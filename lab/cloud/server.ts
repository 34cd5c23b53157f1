import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, readRequest } from "../http-service.ts";
import { answerMetadata } from "./metadata.ts";
import type { Request } from "./request.ts";
import { answerSecretManager } from "./secret-manager.ts";
import type { Fault } from "./state.ts";
import type { World } from "./world.ts";

/** One request that was answered; credentials are in headers and bodies, which are not kept. */
export interface CloudRequest {
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  readonly service: Fault["service"];
  readonly method: string;
  /** With the query. */
  readonly url: string;
  /** 0 when the connection was cut. */
  readonly status: number;
}

export type Log = (request: CloudRequest) => void;

/** The metadata server, not listening yet. */
export function metadataServer(world: World, log: Log) {
  const server = createServer(listener("metadata", world, log, (request) => answerMetadata(world, request)));
  // A long poll lasts as long as its client likes.
  server.requestTimeout = 0;
  return server;
}

/** Secret Manager, not listening yet; key and certificate as PEM. */
export function secretManagerServer(world: World, log: Log, tls: { key: string; cert: string }) {
  return createTlsServer(
    tls,
    listener("secretmanager", world, log, async (request) => answerSecretManager(world.state, request)),
  );
}

function listener(
  service: Fault["service"],
  world: World,
  log: Log,
  answer: (request: Request) => Promise<Answer>,
): RequestListener {
  return (incoming, outgoing) => {
    const at = Date.now();
    const url = incoming.url ?? "/";
    const done = (status: number) => log({ at, service, method: incoming.method ?? "", url, status });
    respond(world.takeFault(service, url), incoming, outgoing, answer).then(done, (error) => {
      console.error(`${service}: ${incoming.method} ${url}:`, error);
      outgoing.destroy();
      done(0);
    });
  };
}

async function respond(
  fault: Fault | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: Request) => Promise<Answer>,
): Promise<number> {
  const request = await read(incoming, outgoing);
  if (fault?.delay !== undefined) await sleep(fault.delay);
  if (fault?.cut === true) {
    outgoing.destroy();
    return 0;
  }
  const { status, type, body, headers } =
    fault?.status === undefined
      ? await answer(request)
      : { status: fault.status, type: "text/plain", body: "The service is not available.\n", headers: {} };
  outgoing.writeHead(status, { ...headers, "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  outgoing.end(body);
  return request.gone.aborted ? 0 : status;
}

async function read(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Request> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  return { ...(await readRequest(incoming)), gone: gone.signal };
}
