import { z } from "zod";
import { apiPath, unlessAbsent } from "../client.ts";
import { idParts, kind } from "../kind.ts";

const inputs = z.strictObject({
  project: z.string(),
  pipelineScheduleId: z.number(),
  key: z.string().max(255),
  value: z.string(),
  variableType: z.enum(["env_var", "file"]).optional(),
});

/** GitLab tells of a schedule's variables only with the schedule. */
const entity = z.looseObject({
  variables: z.array(z.looseObject({ key: z.string(), value: z.string(), variable_type: z.string() })),
});

const form = "project:schedule:key";

/** @see https://docs.gitlab.com/api/pipeline_schedules/#pipeline-schedule-variables */
export const pipelineScheduleVariable = kind({
  type: "gitlab:index/pipelineScheduleVariable:PipelineScheduleVariable",
  inputs,
  replaceOn: ["project", "pipelineScheduleId", "key"],
  defaults: { variableType: "env_var" },
  create: async (client, { project, pipelineScheduleId, key, value, variableType }) => {
    await client.call(
      "POST",
      apiPath`projects/${project}/pipeline_schedules/${String(pipelineScheduleId)}/variables`,
      { key, value, variable_type: variableType ?? "env_var" },
    );
    return { id: `${project}:${pipelineScheduleId}:${key}` };
  },
  read: async (client, id) => {
    const [project = "", schedule = "", key = ""] = idParts(id, form);
    const answer = await unlessAbsent(
      client.call("GET", apiPath`projects/${project}/pipeline_schedules/${schedule}`),
    );
    const found = answer === undefined ? [] : entity.parse(answer).variables;
    const variable = found.find((one) => one.key === key);
    if (variable === undefined) return undefined;
    return {
      project,
      pipelineScheduleId: Number(schedule),
      key,
      value: variable.value,
      variableType: variable.variable_type,
    };
  },
  update: async (client, id, { value, variableType }) => {
    await client.call("PUT", path(id), { value, variable_type: variableType ?? "env_var" });
  },
  remove: async (client, id) => {
    await unlessAbsent(client.call("DELETE", path(id)));
  },
});

function path(id: string): string {
  const [project = "", schedule = "", key = ""] = idParts(id, form);
  return apiPath`projects/${project}/pipeline_schedules/${schedule}/variables/${key}`;
}
