/** The keys that fleets of every kind have. The defaults are secure. */
import { z } from "zod";
import { gitlabPath, runnerTag, slug } from "../../config/fields.ts";
import { hostShape } from "../host/table.ts";

const scope = z
  .union(
    [
      z.strictObject({ project: gitlabPath("project").describe("A project, by its full path.") }),
      z.strictObject({ group: gitlabPath("group").describe("A group with all below it.") }),
      z.strictObject({
        instance: z.literal(true).describe("The whole GitLab instance; needs an administrator's token."),
      }),
    ],
    "one of { project: acme/shop }, { group: acme } or { instance: true }",
  )
  .describe("Whose jobs the fleet takes.");

export const commonKeys = {
  name: slug.describe("Unique in the stack; part of runner names."),
  scope,
  tags: z
    .array(runnerTag)
    .min(1)
    .describe("Runner tags. With `refs: separated` jobs ask for `<tag>-open` or `<tag>-protected`."),
  refs: z
    .enum(["any", "protected", "separated"])
    .default("separated")
    .describe("Which refs it serves: all alike, protected ones only, or or both, isolated from each other."),
  jobTimeout: z.int().min(600).max(86400).default(3600).describe("Maximum time of a job, in seconds."),
  locked: z.boolean().default(true).describe("A project's runner cannot be enabled for other projects."),
  ...hostShape,
};

/** What is known of a fleet whatever its machines are. */
export type FleetCommon = z.output<z.ZodObject<typeof commonKeys>>;
