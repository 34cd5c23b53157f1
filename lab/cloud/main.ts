/**
 * The cloud of one machine, in a network namespace of its own: metadata server, Secret Manager, health checks.
 *
 *     node main.ts SOCKET NAME METADATA-ADDRESS SECRET-MANAGER-ADDRESS
 *
 * Whoever may open SOCKET controls it, see control.ts.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { probe } from "./probe.ts";
import { type CloudRequest, metadataServer, secretManagerServer } from "./server.ts";
import { type CloudState, initialState, type Patch } from "./state.ts";
import { World } from "./world.ts";

const [socketPath = "", name = "", metadataAddress = "", secretManagerAddress = ""] = process.argv.slice(2);
const world = new World(initialState(name));
const requests: CloudRequest[] = [];
const log = (request: CloudRequest) => {
  requests.push(request);
  console.log(`${request.service} ${request.method} ${request.url} ${request.status}`);
};

/** What the control socket answers, by method and path; undefined is no content. */
const commands: Readonly<Record<string, (body: unknown) => unknown>> = {
  "GET /state": () => world.state,
  "PATCH /state": (body) => world.patch(body as Patch<CloudState>),
  "GET /requests": () => requests,
  "PUT /certificate": (body) => serveSecrets(body as { key: string; cert: string }),
  "POST /probe": (body) => probe(body as { url: string; from: string }),
};

async function serveSecrets(tls: { key: string; cert: string }): Promise<void> {
  await once(secretManagerServer(world, log, tls).listen(443, secretManagerAddress), "listening");
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const said = await text(incoming);
  return said === "" ? undefined : JSON.parse(said);
}

const control = createServer((incoming, outgoing) => {
  const command = commands[`${incoming.method} ${incoming.url}`];
  const run = async () => {
    if (command === undefined) throw new Error(`no command ${incoming.method} ${incoming.url}`);
    return command(await bodyOf(incoming));
  };
  run().then(
    (result) => outgoing.writeHead(200).end(JSON.stringify(result ?? null)),
    (error) => outgoing.writeHead(500).end(JSON.stringify(String(error))),
  );
});

process.umask(0o077);
control.listen(socketPath);
metadataServer(world, log).listen(80, metadataAddress);
process.on("SIGTERM", () => process.exit(0));
