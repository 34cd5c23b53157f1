/** The schema of `buildx-runners:projects[].images`. */
import { z } from "zod";
import { absolutePath, imageName, imageReference, line, repositoryPath, variableName } from "./fields.ts";

const command = z.union(
  [line, z.array(line).min(1)],
  "a command: one line for the image's shell, or a list of words for an image without one",
);

const environment = z.record(variableName, line).default({});

const validate = z
  .strictObject({
    service: imageReference.describe("Image of the service that the job starts: postgis/postgis:15-3.3."),
    command: command.describe("Run in the candidate; a failure fails the job before any tag moves."),
    in: z
      .enum(["docker-build", "job"])
      .default("docker-build")
      .describe(
        "Where the command runs: in the build job, over the Docker socket; or in a separate job that runs in the candidate.",
      ),
    directory: absolutePath
      .optional()
      .describe(
        "Directory of the image in which `command` runs; default: its WORKDIR. Required with `in: job`: GitLab starts a job in its checkout.",
      ),
    ready: command
      .optional()
      .describe(
        "Run in the service's image until it succeeds. PostgreSQL images have a default: pg_isready, and postgis_version() for PostGIS. With `in: job` it runs in the candidate.",
      ),
    variables: environment.describe(
      "Environment variables of the command and the service; PostgreSQL images have defaults.",
    ),
    timeout: z
      .int()
      .min(5)
      .max(3600)
      .default(300)
      .describe("Time limit in seconds: for the service to become ready, and for the command."),
  })
  .describe("Test of the image against a running service.");

/** One value of a matrix becomes part of a tag, of a bake target's name and of a repository's name. */
const matrixValue = z
  .string()
  .max(40)
  .regex(
    /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/,
    "letters and digits, separated by single '.', '_' or '-', in quotes if YAML would read a number",
  );

const matrix = z
  .record(
    variableName,
    z.array(matrixValue).min(1).refine(unique, "values that differ in more than dots, dashes and case"),
  )
  .refine((variables) => Object.keys(variables).length > 0, "at least one variable with its values")
  .refine(
    (variables) => Object.values(variables).reduce((cells, values) => cells * values.length, 1) <= 200,
    "at most 200 cells, as GitLab allows",
  );

function unique(values: readonly string[]): boolean {
  return new Set(values.map((value) => value.toLowerCase().replaceAll(/[._-]/g, "-"))).size === values.length;
}

/** What a credential is usually called. A build argument stays in the image's history, for everyone to read. */
const CREDENTIAL = /token|passw|secret|credential|private_?key|api_?key|access_?key|auth_?key/i;

const buildArgs = z
  .record(
    variableName,
    z
      .string()
      .max(4096)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u, "one line of printable text"),
  )
  .superRefine((args, context) => {
    for (const name of Object.keys(args))
      if (CREDENTIAL.test(name))
        context.addIssue({
          code: "custom",
          path: [name],
          message:
            "no credential: build arguments stay readable in the image. Use secrets, and RUN --mount=type=secret",
        });
  });

const contextSource = z.union(
  [
    repositoryPath,
    z
      .string()
      .startsWith("docker-image://")
      .refine(
        (text) => imageReference.safeParse(text.slice("docker-image://".length)).success,
        "docker-image:// with an image and its tag",
      ),
  ],
  "a directory of the repository, or docker-image:// with an image and its tag",
);

const identifier = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "letters, digits and . _ -");

export const imageSchema = z
  .strictObject({
    name: imageName.describe("Last part of the repository's name."),
    context: repositoryPath.default(".").describe("Build context, a directory of the repository."),
    dockerfile: repositoryPath.default("Dockerfile").describe("Dockerfile, relative to the context."),
    target: z
      .string()
      .regex(/^[a-z][a-z0-9_.-]{0,63}$/, "the name of a stage in the Dockerfile")
      .optional()
      .describe("Stage to build."),
    matrix: matrix
      .optional()
      .describe(
        'One image for each combination of values, which are build arguments: { PYTHON_VERSION: ["3.12", "3.13"] }.',
      ),
    buildArgs: buildArgs.default({}).describe("Build arguments. Credentials are refused: see `secrets`."),
    contexts: z
      .record(identifier, contextSource)
      .default({})
      .describe("Further build contexts by name: a directory of the repository, or docker-image://…"),
    platforms: z
      .array(z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(?:\/v[0-9]+)?$/, "a platform such as linux/arm64"))
      .min(1)
      .optional()
      .describe("Platforms to build for; default: the host's. BuildKit emulates the others, slowly."),
    secrets: z
      .record(identifier, variableName)
      .default({})
      .describe(
        "Build secrets: the id for RUN --mount=type=secret, and the CI/CD variable that holds the value.",
      ),
    ssh: variableName
      .optional()
      .describe("CI/CD variable of type file with a private key, for RUN --mount=type=ssh."),
    labels: z
      .record(
        z
          .string()
          .max(128)
          .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "a label's key: lower-case letters, digits and . _ -"),
        line,
      )
      .default({})
      .describe(
        "Labels in addition to the OCI ones (source, revision, created, version), which are always set.",
      ),
    validate: validate.optional(),
  })
  .describe("One image that the project builds.");

export type ImageConfig = z.output<typeof imageSchema>;
export type ValidateConfig = z.output<typeof validate>;
