import { z } from "zod";
import { forbidden, notFound } from "../errors.ts";
import { type Call, type Route, route } from "../router.ts";
import type { Runner } from "../state.ts";

const tokenParameter = z.looseObject({
  token: z.string(),
  system_id: z.string().optional(),
  info: z
    .looseObject({
      version: z.string().optional(),
      revision: z.string().optional(),
      platform: z.string().optional(),
      architecture: z.string().optional(),
    })
    .optional(),
});
type Caller = z.output<typeof tokenParameter>;

/** What a `gitlab-runner` process says, with the runner's own token. There is never a job for it. */
export const runnerProtocolRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/runners/verify",
    scopes: "anyone",
    parameters: tokenParameter,
    handle: (call, parameters) => {
      const { id, token, tokenExpiresAt } = heard(call, parameters);
      return { status: 200, body: { id, token, token_expires_at: tokenExpiresAt } };
    },
  }),
  route({
    method: "POST",
    path: "/jobs/request",
    scopes: "anyone",
    parameters: tokenParameter,
    handle: (call, parameters) => {
      const runner = heard(call, parameters);
      return { status: 204, headers: { "x-gitlab-last-update": String(runner.id) } };
    },
  }),
  route({
    method: "DELETE",
    path: "/runners/managers",
    scopes: "anyone",
    parameters: tokenParameter.required({ system_id: true }),
    handle: (call, parameters) => {
      // GitLab looks it up without a care for whether it was ever heard of.
      if (!contacted(call, parameters).managers.delete(parameters.system_id)) throw notFound();
      return { status: 204 };
    },
  }),
];

/** The runner of that token, which has now been heard of. @throws ApiError 403 for a token that is none. */
function contacted(call: Call, { token, info }: Caller): Runner {
  const runner = call.state.runners.find((candidate) => candidate.token === token);
  if (runner === undefined) throw forbidden();
  runner.contactedAt = new Date().toISOString();
  for (const name of ["version", "revision", "platform", "architecture"] as const) {
    const value = info?.[name];
    if (value !== undefined) runner.info[name] = value;
  }
  return runner;
}

/** As {@link contacted}, and its process is one of the runner's managers from now on. */
function heard(call: Call, caller: Caller): Runner {
  const runner = contacted(call, caller);
  const { system_id: systemId } = caller;
  if (systemId === undefined) return runner;
  const now = new Date().toISOString();
  const known = runner.managers.get(systemId) ?? { id: call.state.nextId(), createdAt: now };
  runner.managers.set(systemId, { ...known, contactedAt: now });
  return runner;
}
