/**
 * What a cloud's metadata server is to a job: an address that hands out the machine's identity to whoever asks.
 *
 *     node metadata-server.ts ADDRESS
 */
import { createServer } from "node:http";

const tokenPath = "/computeMetadata/v1/instance/service-accounts/default/token";
const token = { access_token: "the-machines-own-identity", expires_in: 3599, token_type: "Bearer" };

const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.setHeader("Metadata-Flavor", "Google");
  if (request.headers["metadata-flavor"] !== "Google") {
    response.writeHead(403).end("Missing required header: Metadata-Flavor\n");
  } else if (request.url?.split("?")[0] === tokenPath) {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(token));
  } else {
    response.writeHead(404).end();
  }
});
server.listen(80, process.argv[2]);
process.on("SIGTERM", () => process.exit(0));
