/** Requests and answers of the cloud's services, apart from the servers that carry them. */
import type { IncomingHttpHeaders } from "node:http";

export interface Request {
  readonly method: string;
  /** Without the query, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Aborted when the client goes without waiting for the answer. */
  readonly gone: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}
