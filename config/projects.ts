/** The schema of `buildx-runners:projects`. */
import { z } from "zod";
import { branchName, gitlabPath, imageReference, line, repositoryPrefix, secret, slug } from "./fields.ts";
import { gatesSchema, toolsSchema } from "./gates.ts";
import { extraJobsSchema, hooksSchema } from "./hooks.ts";
import { imageSchema } from "./images.ts";
import { rollbackSchema } from "./operations.ts";
import { signingSchema } from "./signing.ts";

/**
 * What GitLab can mask: one line of eight characters or more from its list, and no name of another variable.
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 */
const MASKABLE = /^[A-Za-z0-9+/=@:.~_-]{8,}$/;

const maskableSecret = secret.superRefine((value, context) => {
  const text = value.reveal();
  if (text !== "[secret]" && !MASKABLE.test(text))
    context.addIssue({
      code: "custom",
      message:
        "a secret that GitLab can mask: one line, 8 characters or more, of letters, digits and @ : . ~ _ + / = - only",
    });
});

const registry = z
  .union(
    [
      z.literal("gitlab"),
      z.strictObject({
        image: repositoryPrefix.describe("Registry host and repository: registry.example.com/acme/shop."),
        user: line.regex(/^[^\s:$]+$/, "a user name without spaces, ':' or '$'").describe("May push to it."),
        password: maskableSecret.describe("Becomes a masked, hidden CI/CD variable."),
      }),
    ],
    "'gitlab' or { image: registry.example.com/acme/shop, user: …, password: … }",
  )
  .default("gitlab")
  .describe("Where images are pushed: GitLab's own registry, or another by user and password.");

export const projectSchema = z
  .strictObject({
    path: gitlabPath("project").describe("Full path of the target project."),
    fleet: slug.describe("Name of the fleet that runs its jobs."),
    branch: branchName
      .optional()
      .describe("Branch that receives the pipeline; the project's default branch unless set."),
    adopt: z.boolean().default(false).describe("Take over a .gitlab-ci.yml that this stack did not write."),
    include: z
      .boolean()
      .default(false)
      .describe("Write .gitlab/buildx.gitlab-ci.yml, for the project's own .gitlab-ci.yml to include."),
    jobImage: imageReference
      .optional()
      .describe("Image of the generated jobs; needs the Docker CLI with buildx."),
    registry,
    images: z.array(imageSchema).min(1).describe("What the project builds."),
    gates: gatesSchema.prefault({}),
    tools: toolsSchema.prefault({}),
    hooks: hooksSchema,
    extraJobs: extraJobsSchema,
    signing: signingSchema,
    rollback: rollbackSchema,
  })
  .describe("A project that receives the pipeline.");

export type ProjectConfig = z.output<typeof projectSchema>;
