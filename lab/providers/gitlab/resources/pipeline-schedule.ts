import { z } from "zod";
import { apiPath, unlessAbsent } from "../client.ts";
import { idParts, kind } from "../kind.ts";

const inputs = z.strictObject({
  project: z.string(),
  description: z.string(),
  ref: z.string(),
  cron: z.string(),
  cronTimezone: z.string().optional(),
  active: z.boolean().optional(),
});

const entity = z.looseObject({
  id: z.number(),
  description: z.string(),
  ref: z.string(),
  cron: z.string(),
  cron_timezone: z.string(),
  active: z.boolean(),
  owner: z.looseObject({ id: z.number() }).nullish(),
});

const form = "project:schedule";

/** @see https://docs.gitlab.com/api/pipeline_schedules/ */
export const pipelineSchedule = kind({
  type: "gitlab:index/pipelineSchedule:PipelineSchedule",
  inputs,
  replaceOn: ["project"],
  defaults: { cronTimezone: "UTC", active: true },
  check: ({ ref }) =>
    ref === undefined || /^refs\/(heads|tags)\//.test(ref)
      ? []
      : [{ property: "ref", reason: `must be the full name: refs/heads/${ref}` }],
  create: async (client, given) => {
    const path = apiPath`projects/${given.project}/pipeline_schedules`;
    const answer = await client.call("POST", path, settings(given));
    return { id: `${given.project}:${entity.parse(answer).id}` };
  },
  read: async (client, id) => {
    const [project = ""] = idParts(id, form);
    const answer = await unlessAbsent(client.call("GET", path(id)));
    if (answer === undefined) return undefined;
    const schedule = entity.parse(answer);
    return {
      project,
      description: schedule.description,
      ref: schedule.ref,
      cron: schedule.cron,
      cronTimezone: schedule.cron_timezone,
      active: schedule.active,
      owner: schedule.owner?.id ?? 0,
      pipelineScheduleId: schedule.id,
    };
  },
  update: async (client, id, given) => {
    await client.call("PUT", path(id), settings(given));
  },
  remove: async (client, id) => {
    await client.call("DELETE", path(id));
  },
});

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
