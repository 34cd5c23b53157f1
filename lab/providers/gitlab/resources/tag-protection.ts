import { z } from "zod";
import { apiPath, type GitlabClient, unlessAbsent } from "../client.ts";
import { idParts, kind } from "../kind.ts";

const levels: Readonly<Record<string, number>> = { "no one": 0, developer: 30, maintainer: 40, admin: 60 };
const level = z.enum(["no one", "developer", "maintainer", "admin"]);

const accessLevels = z.array(z.looseObject({ access_level: z.number().nullish() }));
const tagEntity = z.looseObject({ name: z.string(), create_access_levels: accessLevels });

/** @see https://docs.gitlab.com/api/protected_tags/ */
export const tagProtection = kind({
  type: "gitlab:index/tagProtection:TagProtection",
  inputs: z.strictObject({ project: z.string(), tag: z.string(), createAccessLevel: level.optional() }),
  replaceOn: ["project", "tag", "createAccessLevel"],
  defaults: { createAccessLevel: "maintainer" },
  // The published provider takes an existing protection over; two of the same name cannot be.
  deleteBeforeReplace: (olds, news) => olds.project === news.project && olds.tag === news.tag,
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

function tagPath(project: string, tag: string): string {
  return apiPath`projects/${project}/protected_tags/${tag}`;
}

/** Name of the one level that a rule of GitLab's free edition has. */
function nameOf(rules: z.output<typeof accessLevels>): string {
  const value = rules[0]?.access_level ?? 0;
  return Object.keys(levels).find((name) => levels[name] === value) ?? "no one";
}
