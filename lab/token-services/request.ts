/** Requests and answers of the token services, apart from the server that carries them. */
import type { IncomingHttpHeaders } from "node:http";

export interface Request {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Indented, as Google's services answer: nobody may rely on JSON being one line. */
export const json = (status: number, value: unknown, type = "application/json; charset=UTF-8"): Answer => ({
  status,
  type,
  body: `${JSON.stringify(value, null, 2)}\n`,
});
