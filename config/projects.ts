/** The schema of `buildx-runners:projects`. */
import { z } from "zod";
import { branchName, gitlabPath, imageReference, slug } from "./fields.ts";
import { gatesSchema, toolsSchema } from "./gates.ts";
import { extraJobsSchema, hooksSchema } from "./hooks.ts";
import { imageSchema } from "./images.ts";
import {
  backupSchema,
  cleanupSchema,
  protectionSchema,
  refreshSchema,
  reviewSchema,
  rollbackSchema,
} from "./operations.ts";
import { dockerAuthSchema, mirrorsSchema, registrySchema } from "./registries.ts";
import { signingSchema } from "./signing.ts";

export const projectSchema = z
  .strictObject({
    path: gitlabPath("project").describe("Full path of the target project."),
    fleet: slug.describe("Name of the fleet that runs its jobs."),
    branch: branchName
      .optional()
      .describe("Branch that receives the pipeline; default: the project's default branch."),
    adopt: z.boolean().default(false).describe("Take over a .gitlab-ci.yml that this stack did not write."),
    include: z
      .boolean()
      .default(false)
      .describe("Write .gitlab/buildx.gitlab-ci.yml, for the project's own .gitlab-ci.yml to include."),
    onDestroy: z
      .enum(["remove", "keep"])
      .default("remove")
      .describe(
        "What happens to the generated files when the project is removed from the stack: `keep` leaves them and removes this stack's name, so that another stack can take them over. Run `up` with this key set before you remove the project.",
      ),
    jobImage: imageReference
      .optional()
      .describe("Image of the generated jobs; needs the Docker CLI with buildx."),
    registry: registrySchema
      .default("gitlab")
      .describe("Where images are pushed, and how jobs log in there."),
    mirrors: mirrorsSchema,
    dockerAuth: dockerAuthSchema,
    images: z.array(imageSchema).min(1).describe("What the project builds."),
    gates: gatesSchema.prefault({}),
    tools: toolsSchema.prefault({}),
    hooks: hooksSchema,
    extraJobs: extraJobsSchema,
    signing: signingSchema,
    rollback: rollbackSchema,
    backup: backupSchema,
    refresh: refreshSchema,
    review: reviewSchema,
    protection: protectionSchema,
    cleanup: cleanupSchema,
  })
  .describe("A project that receives the pipeline.");

export type ProjectConfig = z.output<typeof projectSchema>;
