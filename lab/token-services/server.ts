/** The clouds' token services on this computer: real protocols, real checks, invented accounts. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { IssuedCertificate } from "../ca.ts";
import { type Answer, endServer, json, type Request, readRequest } from "../http-service.ts";
import { type AwsSettings, awsServices } from "./aws.ts";
import { answerAsGoogle, type GoogleSettings } from "./google.ts";

export interface TokenServicesOptions {
  readonly google?: GoogleSettings;
  readonly aws?: AwsSettings;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** TLS by a certificate of the lab's authority; plain HTTP unless set, for the loopback. */
  readonly certificate?: IssuedCertificate;
  /** Told of every request before it is answered, while its client waits. */
  readonly onRequest?: (request: Request) => void | Promise<void>;
  /** Answers in the services' place, for servers that are broken or hostile. */
  readonly instead?: (request: Request) => Answer | undefined;
}

export interface TokenServices {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts one server for all services, on a free port; their requests tell them apart.
 *
 * @example
 * const services = await startTokenServices({ google: { issuer, provider, accessToken } });
 */
export async function startTokenServices(options: TokenServicesOptions): Promise<TokenServices> {
  const { google, host = "127.0.0.1", certificate } = options;
  const aws = options.aws && awsServices(options.aws);
  const answer = async (request: Request): Promise<Answer> => {
    await options.onRequest?.(request);
    return (
      options.instead?.(request) ??
      (google && (await answerAsGoogle(google, request))) ??
      (await aws?.(request)) ??
      json(404, { error: "no such service" })
    );
  };
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void serve(incoming, outgoing, answer);
  const server = certificate
    ? createTlsServer(
        { key: await readFile(certificate.keyPath), cert: await readFile(certificate.certPath) },
        listener,
      )
    : createServer(listener);
  await once(server.listen(0, host), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate ? "https" : "http"}://${host}:${port}`,
    stop: () => endServer(server),
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: Request) => Promise<Answer>,
): Promise<void> {
  try {
    const { status, type, body } = await answer(await readRequest(incoming));
    outgoing.writeHead(status, { "content-type": type }).end(body);
  } catch (error) {
    outgoing.writeHead(500, { "content-type": "text/plain" }).end(`${String(error)}\n`);
  }
}
