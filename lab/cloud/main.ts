/**
 * The cloud of one machine, in a network namespace of its own: metadata server, Secret Manager, health checks.
 *
 *     node main.ts SOCKET NAME METADATA-ADDRESS SECRET-MANAGER-ADDRESS
 *
 * Whoever may open SOCKET controls it, see control.ts.
 */
import { createServer, type IncomingMessage } from "node:http";
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

function serveSecrets(tls: { key: string; cert: string }): Promise<void> {
  const server = secretManagerServer(world, log, tls);
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(443, secretManagerAddress, resolve);
  });
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return text === "" ? undefined : JSON.parse(text);
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
