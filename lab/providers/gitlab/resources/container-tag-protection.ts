import { z } from "zod";
import { apiPath, unlessAbsent } from "../client.ts";
import { defined, idParts, kind } from "../kind.ts";

const role = z.enum(["MAINTAINER", "OWNER", "ADMIN"]);
const inputs = z.strictObject({
  project: z.string(),
  tagNameRegex: z.string().max(100),
  minimumAccessLevelForPush: role.optional(),
  minimumAccessLevelForDelete: role.optional(),
  immutable: z.boolean().optional(),
  timeouts: z.strictObject({ create: z.string().optional() }).optional(),
});

const entity = z.looseObject({
  id: z.number(),
  tag_name_pattern: z.string(),
  minimum_access_level_for_push: z.string().nullish(),
  minimum_access_level_for_delete: z.string().nullish(),
});

const form = "project:rule";

/**
 * Any change is a replacement, as by the published provider. Over REST, which GitLab has for these rules since 18.8; the
 * published provider uses GraphQL, and it alone can make `immutable` rules.
 *
 * @see https://docs.gitlab.com/api/container_registry_protection_tag_rules/
 */
export const containerTagProtection = kind({
  type: "gitlab:index/projectContainerTagProtection:ProjectContainerTagProtection",
  inputs,
  replaceOn: ["project", "tagNameRegex", "minimumAccessLevelForPush", "minimumAccessLevelForDelete"],
  check: (given) => [
    ...(given.immutable === true
      ? [{ property: "immutable", reason: "the lab's GitLab provider cannot make immutable rules" }]
      : []),
    ...(["minimumAccessLevelForPush", "minimumAccessLevelForDelete"] as const)
      .filter((name) => given[name] === undefined && given.immutable !== true)
      .map((property) => ({ property, reason: "is required, unless immutable is true" })),
  ],
  create: async (client, given) => {
    const answer = await client.call("POST", collection(given.project), settings(given));
    return { id: `${given.project}:${entity.parse(answer).id}` };
  },
  read: async (client, id) => {
    const [project = "", number = ""] = idParts(id, form);
    const answer = await unlessAbsent(client.call("GET", collection(project), { per_page: 100 }));
    if (answer === undefined) return undefined;
    const rule = z
      .array(entity)
      .parse(answer)
      .find((candidate) => String(candidate.id) === number);
    if (rule === undefined) return undefined;
    return {
      project,
      tagNameRegex: rule.tag_name_pattern,
      minimumAccessLevelForPush: (rule.minimum_access_level_for_push ?? "").toUpperCase(),
      minimumAccessLevelForDelete: (rule.minimum_access_level_for_delete ?? "").toUpperCase(),
      immutable: false,
      protectionRuleId: rule.id,
    };
  },
  remove: async (client, id) => {
    const [project = "", number = ""] = idParts(id, form);
    await client.call("DELETE", `${collection(project)}/${number}`);
  },
});

function collection(project: string): string {
  return apiPath`projects/${project}/registry/protection/tag/rules`;
}

function settings(given: z.output<typeof inputs>) {
  return defined({
    tag_name_pattern: given.tagNameRegex,
    minimum_access_level_for_push: given.minimumAccessLevelForPush?.toLowerCase(),
    minimum_access_level_for_delete: given.minimumAccessLevelForDelete?.toLowerCase(),
  });
}
