import { request } from "node:http";

/** What a health check learned; status 0 when nothing answered. */
export interface ProbeResult {
  readonly status: number;
  readonly body: string;
}

/** As long as Google's health checks wait unless told otherwise; in milliseconds. */
const LIMIT = 5_000;

/** Asks a URL from one of this cloud's addresses, as a health check does: one request, no retry. */
export function probe({ url, from }: { url: string; from: string }): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: 0, body: error.message });
    const asked = request(
      url,
      { localAddress: from, signal: AbortSignal.timeout(LIMIT), agent: false },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body })).on("error", failed);
      },
    );
    asked.on("error", failed).end();
  });
}
