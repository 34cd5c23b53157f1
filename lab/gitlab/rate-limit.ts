import type { ServerResponse } from "node:http";
import type { Reply } from "./router.ts";
import type { InstanceSettings } from "./settings.ts";

/**
 * Counts a request, and says in the answer's headers how many are left.
 *
 * @returns the refusal of one too many; undefined where there is no limit, or it is not reached.
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 */
export function countRequest({ rateLimit }: InstanceSettings, response: ServerResponse): Reply | undefined {
  if (rateLimit === undefined) return undefined;
  const now = Date.now();
  if (now >= rateLimit.began + rateLimit.period * 1000) Object.assign(rateLimit, { began: now, observed: 0 });
  rateLimit.observed += 1;
  const { limit, observed, period, began } = rateLimit;
  const reset = Math.ceil(began / 1000) + period;
  response.setHeader("ratelimit-limit", limit);
  response.setHeader("ratelimit-name", "throttle_authenticated_api");
  response.setHeader("ratelimit-observed", observed);
  response.setHeader("ratelimit-remaining", Math.max(0, limit - observed));
  response.setHeader("ratelimit-reset", reset);
  if (observed <= limit) return undefined;
  const seconds = Math.max(1, reset - Math.floor(now / 1000));
  const headers = { "content-type": "text/plain", "retry-after": String(seconds) };
  return { status: 429, body: Buffer.from("Retry later\n"), headers };
}
