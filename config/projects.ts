/** The schema of `buildx-runners:projects`. */
import { z } from "zod";
import {
  branchName,
  gitlabPath,
  imageName,
  imageReference,
  line,
  repositoryPath,
  repositoryPrefix,
  secret,
  slug,
  variableName,
} from "./fields.ts";

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

const command = z.union(
  [line, z.array(line).min(1)],
  "a command: one line for the image's shell, or a list of words for an image without one",
);

const environment = z.record(variableName, line).default({});

const validate = z
  .strictObject({
    service: imageReference.describe("Image of the service that the job starts: postgis/postgis:15-3.3."),
    command: command.describe("Run in the candidate; a failure fails the job before any tag moves."),
    ready: command
      .optional()
      .describe(
        "Run in the service's image until it succeeds. PostgreSQL images have a default: pg_isready.",
      ),
    variables: environment.describe(
      "Environment of the command and the service; PostgreSQL images have defaults.",
    ),
    timeout: z
      .int()
      .min(5)
      .max(3600)
      .default(300)
      .describe("Seconds for the service to be ready, and for the command."),
  })
  .describe("Proof that the image works, against a live service.");

const image = z
  .strictObject({
    name: imageName.describe("Last part of the repository's name."),
    context: repositoryPath.default(".").describe("Build context, a directory of the repository."),
    dockerfile: repositoryPath.default("Dockerfile").describe("Dockerfile, relative to the context."),
    target: z
      .string()
      .regex(/^[a-z][a-z0-9_.-]{0,63}$/, "the name of a stage in the Dockerfile")
      .optional()
      .describe("Stage to build."),
    validate: validate.optional(),
  })
  .describe("One thing the project builds.");

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
    images: z.array(image).min(1).describe("What the project builds."),
  })
  .describe("A project that receives the pipeline.");

export type ProjectConfig = z.output<typeof projectSchema>;
export type ImageConfig = z.output<typeof image>;
export type ValidateConfig = z.output<typeof validate>;
