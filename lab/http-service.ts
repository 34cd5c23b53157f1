/** Requests and answers of the lab's small HTTP services, apart from the servers that carry them. */
import type { IncomingHttpHeaders, IncomingMessage, Server } from "node:http";
import { text } from "node:stream/consumers";

export interface Request {
  readonly method: string;
  /** Without the query, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Indented, as Google's services answer: nobody may rely on JSON being one line. */
export const json = (status: number, value: unknown, type = "application/json; charset=UTF-8"): Answer => ({
  status,
  type,
  body: `${JSON.stringify(value, null, 2)}\n`,
});

/** An error as Google's APIs have it. @see https://cloud.google.com/apis/design/errors#http_mapping */
export const googleError = (code: number, status: string, message: string): Answer =>
  json(code, { error: { code, message, status } });

/** Reads a request to its end. */
export async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: await text(incoming),
  };
}

/** Ends a server, and what it has open. */
export function endServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
