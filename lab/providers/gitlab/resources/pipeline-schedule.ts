import { z } from "zod";
import { apiPath, type GitlabClient, unlessAbsent } from "../client.ts";
import { defined, idParts, kind } from "../kind.ts";

const scheduleInput = z.strictObject({ name: z.string(), value: z.string() });
const inputs = z.strictObject({
  project: z.string(),
  description: z.string(),
  ref: z.string(),
  cron: z.string(),
  cronTimezone: z.string().optional(),
  active: z.boolean().optional(),
  takeOwnership: z.boolean().optional(),
  inputs: z.array(scheduleInput).max(20).optional(),
});

const entity = z.looseObject({
  id: z.number(),
  description: z.string(),
  ref: z.string(),
  cron: z.string(),
  cron_timezone: z.string(),
  active: z.boolean(),
  owner: z.looseObject({ id: z.number() }).nullish(),
  inputs: z.array(z.looseObject({ name: z.string(), value: z.unknown() })).optional(),
});
type Entity = z.output<typeof entity>;

const form = "project:schedule";

/** @see https://docs.gitlab.com/api/pipeline_schedules/ */
export const pipelineSchedule = kind({
  type: "gitlab:index/pipelineSchedule:PipelineSchedule",
  inputs,
  replaceOn: ["project"],
  unordered: ["inputs"],
  defaults: { cronTimezone: "UTC", active: true, takeOwnership: false },
  check: ({ ref }) =>
    ref === undefined || /^refs\/(heads|tags)\//.test(ref)
      ? []
      : [{ property: "ref", reason: `must be the full name: refs/heads/${ref}` }],
  create: async (client, given) => {
    const answer = await client.call("POST", apiPath`projects/${given.project}/pipeline_schedules`, {
      ...settings(given),
      ...defined({ inputs: given.inputs }),
    });
    return { id: `${given.project}:${entity.parse(answer).id}` };
  },
  read: async (client, id, known) => {
    const [project = ""] = idParts(id, form);
    const schedule = await fetchSchedule(client, id);
    if (schedule === undefined) return undefined;
    return {
      project,
      description: schedule.description,
      ref: schedule.ref,
      cron: schedule.cron,
      cronTimezone: schedule.cron_timezone,
      active: schedule.active,
      takeOwnership: known.takeOwnership ?? false,
      inputs: (schedule.inputs ?? []).map(({ name, value }) => ({ name, value: String(value) })),
      owner: schedule.owner?.id ?? 0,
      pipelineScheduleId: schedule.id,
    };
  },
  update: async (client, id, given) => {
    if (given.takeOwnership === true) await client.call("POST", `${path(id)}/take_ownership`);
    const wanted = given.inputs ?? [];
    const present = (await fetchSchedule(client, id))?.inputs ?? [];
    const surplus = present.filter(({ name }) => !wanted.some((input) => input.name === name));
    await client.call("PUT", path(id), {
      ...settings(given),
      inputs: [...wanted, ...surplus.map(({ name }) => ({ name, destroy: true }))],
    });
  },
  remove: async (client, id) => {
    await client.call("DELETE", path(id));
  },
});

async function fetchSchedule(client: GitlabClient, id: string): Promise<Entity | undefined> {
  const answer = await unlessAbsent(client.call("GET", path(id)));
  return answer === undefined ? undefined : entity.parse(answer);
}

function path(id: string): string {
  const [project = "", schedule = ""] = idParts(id, form);
  return apiPath`projects/${project}/pipeline_schedules/${schedule}`;
}

function settings(given: z.output<typeof inputs>) {
  return {
    description: given.description,
    ref: given.ref,
    cron: given.cron,
    cron_timezone: given.cronTimezone ?? "UTC",
    active: given.active ?? true,
  };
}
