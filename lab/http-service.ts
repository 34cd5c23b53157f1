/** Requests and answers of the lab's small HTTP services, apart from the servers that carry them. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { LabError } from "./errors.ts";

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

/**
 * Reads a request to its end.
 *
 * @param limit bytes that its body may have.
 * @throws LabError for more.
 */
export async function readRequest(incoming: IncomingMessage, limit: number): Promise<Request> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > limit) throw new LabError(`a request of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://localhost");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
