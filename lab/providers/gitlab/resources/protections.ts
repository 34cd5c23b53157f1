import { z } from "zod";
import type { WireObject } from "../../../engine/wire.ts";
import { apiPath, type GitlabClient, unlessAbsent } from "../client.ts";
import { defined, idParts, kind } from "../kind.ts";

const levels: Readonly<Record<string, number>> = { "no one": 0, developer: 30, maintainer: 40, admin: 60 };
const level = z.enum(["no one", "developer", "maintainer", "admin"]);

const accessLevels = z.array(z.looseObject({ access_level: z.number().nullish() }));
const branchEntity = z.looseObject({
  id: z.number(),
  name: z.string(),
  push_access_levels: accessLevels,
  merge_access_levels: accessLevels,
  allow_force_push: z.boolean().default(false),
  code_owner_approval_required: z.boolean().default(false),
});
const tagEntity = z.looseObject({ name: z.string(), create_access_levels: accessLevels });

/** The published provider takes an existing protection over; two of the same name cannot be. */
const sameName =
  (property: "branch" | "tag") =>
  (olds: WireObject, news: WireObject): boolean =>
    olds.project === news.project && olds[property] === news[property];

/** @see https://docs.gitlab.com/api/protected_branches/ */
export const branchProtection = kind({
  type: "gitlab:index/branchProtection:BranchProtection",
  inputs: z.strictObject({
    project: z.string(),
    branch: z.string(),
    mergeAccessLevel: level.optional(),
    pushAccessLevel: level.optional(),
    allowForcePush: z.boolean().optional(),
    codeOwnerApprovalRequired: z.boolean().optional(),
  }),
  replaceOn: ["project", "branch", "mergeAccessLevel", "pushAccessLevel"],
  defaults: {
    mergeAccessLevel: "maintainer",
    pushAccessLevel: "maintainer",
    allowForcePush: false,
    codeOwnerApprovalRequired: false,
  },
  deleteBeforeReplace: sameName("branch"),
  create: async (client, given) => {
    const { project, branch } = given;
    await unlessAbsent(client.call("DELETE", branchPath(project, branch)));
    await client.call(
      "POST",
      apiPath`projects/${project}/protected_branches`,
      defined({
        name: branch,
        push_access_level: levels[given.pushAccessLevel ?? "maintainer"],
        merge_access_level: levels[given.mergeAccessLevel ?? "maintainer"],
        allow_force_push: given.allowForcePush ?? false,
        code_owner_approval_required: given.codeOwnerApprovalRequired,
      }),
    );
    return { id: `${project}:${branch}` };
  },
  read: async (client, id) => {
    const [project = "", branch = ""] = idParts(id, "project:branch");
    const answer = await unlessAbsent(client.call("GET", branchPath(project, branch)));
    if (answer === undefined) return undefined;
    const rule = branchEntity.parse(answer);
    return {
      project,
      branch: rule.name,
      pushAccessLevel: nameOf(rule.push_access_levels),
      mergeAccessLevel: nameOf(rule.merge_access_levels),
      allowForcePush: rule.allow_force_push,
      codeOwnerApprovalRequired: rule.code_owner_approval_required,
      branchProtectionId: rule.id,
      allowedToMerges: [],
      allowedToPushes: [],
      allowedToUnprotects: [],
    };
  },
  update: async (client, id, given) => {
    const [project = "", branch = ""] = idParts(id, "project:branch");
    await client.call(
      "PATCH",
      branchPath(project, branch),
      defined({
        allow_force_push: given.allowForcePush ?? false,
        code_owner_approval_required: given.codeOwnerApprovalRequired,
      }),
    );
  },
  remove: async (client, id) => {
    const [project = "", branch = ""] = idParts(id, "project:branch");
    await client.call("DELETE", branchPath(project, branch));
  },
});

/** @see https://docs.gitlab.com/api/protected_tags/ */
export const tagProtection = kind({
  type: "gitlab:index/tagProtection:TagProtection",
  inputs: z.strictObject({ project: z.string(), tag: z.string(), createAccessLevel: level.optional() }),
  replaceOn: ["project", "tag", "createAccessLevel"],
  defaults: { createAccessLevel: "maintainer" },
  deleteBeforeReplace: sameName("tag"),
  create: async (client: GitlabClient, { project, tag, createAccessLevel }) => {
    await unlessAbsent(client.call("DELETE", tagPath(project, tag)));
    await client.call("POST", apiPath`projects/${project}/protected_tags`, {
      name: tag,
      create_access_level: levels[createAccessLevel ?? "maintainer"],
    });
    return { id: `${project}:${tag}` };
  },
  read: async (client, id) => {
    const [project = "", tag = ""] = idParts(id, "project:tag");
    const answer = await unlessAbsent(client.call("GET", tagPath(project, tag)));
    if (answer === undefined) return undefined;
    const rule = tagEntity.parse(answer);
    return { project, tag: rule.name, createAccessLevel: nameOf(rule.create_access_levels) };
  },
  remove: async (client, id) => {
    const [project = "", tag = ""] = idParts(id, "project:tag");
    await client.call("DELETE", tagPath(project, tag));
  },
});

function branchPath(project: string, branch: string): string {
  return apiPath`projects/${project}/protected_branches/${branch}`;
}

function tagPath(project: string, tag: string): string {
  return apiPath`projects/${project}/protected_tags/${tag}`;
}

/** Name of the one level that a rule of GitLab's free edition has. */
function nameOf(rules: z.output<typeof accessLevels>): string {
  const value = rules[0]?.access_level ?? 0;
  return Object.keys(levels).find((name) => levels[name] === value) ?? "no one";
}
