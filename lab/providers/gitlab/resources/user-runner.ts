import { z } from "zod";
import { asSecret } from "../../wire.ts";
import { apiPath, unlessAbsent } from "../client.ts";
import { defined, kind } from "../kind.ts";

const inputs = z.strictObject({
  runnerType: z.enum(["instance_type", "group_type", "project_type"]),
  groupId: z.int().optional(),
  projectId: z.int().optional(),
  description: z.string().optional(),
  maintenanceNote: z.string().max(1024).optional(),
  paused: z.boolean().optional(),
  locked: z.boolean().optional(),
  untagged: z.boolean().optional(),
  tagLists: z.array(z.string()).optional(),
  accessLevel: z.enum(["not_protected", "ref_protected"]).optional(),
  maximumTimeout: z.int().min(600).optional(),
});

const created = z.looseObject({ id: z.number(), token: z.string() });
const details = z.looseObject({
  runner_type: z.string(),
  description: z.string().nullish(),
  maintenance_note: z.string().nullish(),
  paused: z.boolean(),
  locked: z.boolean(),
  run_untagged: z.boolean(),
  tag_list: z.array(z.string()),
  access_level: z.string(),
  maximum_timeout: z.number().nullish(),
  projects: z.array(z.looseObject({ id: z.number() })).optional(),
  groups: z.array(z.looseObject({ id: z.number() })).optional(),
});

/** @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user */
export const userRunner = kind({
  type: "gitlab:index/userRunner:UserRunner",
  inputs,
  replaceOn: ["runnerType", "groupId", "projectId"],
  unordered: ["tagLists"],
  check: ({ runnerType, groupId, projectId }) => [
    ...(runnerType === "group_type" && groupId === undefined
      ? [{ property: "groupId", reason: "a runner of type group_type needs it" }]
      : []),
    ...(runnerType === "project_type" && projectId === undefined
      ? [{ property: "projectId", reason: "a runner of type project_type needs it" }]
      : []),
  ],
  create: async (client, given) => {
    const { runnerType, groupId, projectId } = given;
    const answer = await client.call(
      "POST",
      "user/runners",
      defined({ runner_type: runnerType, group_id: groupId, project_id: projectId, ...settings(given) }),
    );
    const { id, token } = created.parse(answer);
    return { id: String(id), once: { token: asSecret(token) } };
  },
  read: async (client, id, known) => {
    const answer = await unlessAbsent(client.call("GET", apiPath`runners/${id}`));
    if (answer === undefined) return undefined;
    const runner = details.parse(answer);
    const [group] = runner.groups ?? [];
    const [project] = runner.projects ?? [];
    return {
      runnerType: runner.runner_type,
      description: runner.description ?? "",
      maintenanceNote: runner.maintenance_note ?? "",
      paused: runner.paused,
      locked: runner.locked,
      untagged: runner.run_untagged,
      tagLists: runner.tag_list,
      accessLevel: runner.access_level,
      maximumTimeout: runner.maximum_timeout ?? 0,
      ...(group === undefined ? {} : { groupId: group.id }),
      ...(runner.runner_type !== "project_type" || project === undefined ? {} : { projectId: project.id }),
      // GitLab tells it once: an imported runner has none.
      ...(known.token === undefined ? {} : { token: asSecret(known.token) }),
    };
  },
  update: async (client, id, given) => {
    await client.call("PUT", apiPath`runners/${id}`, defined(settings(given)));
  },
  remove: async (client, id) => {
    await client.call("DELETE", apiPath`runners/${id}`);
  },
});

function settings(given: z.output<typeof inputs>) {
  return {
    description: given.description,
    maintenance_note: given.maintenanceNote,
    paused: given.paused,
    locked: given.locked,
    run_untagged: given.untagged,
    tag_list: given.tagLists,
    access_level: given.accessLevel,
    maximum_timeout: given.maximumTimeout,
  };
}
