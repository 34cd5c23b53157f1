/** The schema of `buildx-runners:projects[].gates` and of `projects[].tools`. */
import { z } from "zod";
import { type ToolName, toolNames } from "../pipeline/tools.ts";
import { imageReference, line, repositoryPath, repositoryPrefix, variableName } from "./fields.ts";

/** A gate with settings: `true` stands for their defaults. */
const gate = <Settings extends z.ZodObject>(settings: Settings, example: string) =>
  z
    .union([z.boolean(), settings], `true, false, or a mapping of settings: ${example}`)
    .transform((value): z.output<Settings> | false => (value === true ? settings.parse({}) : value));

const hadolint = gate(
  z.strictObject({
    threshold: z
      .enum(["error", "warning", "info", "style"])
      .default("error")
      .describe("The lowest severity that fails the job; lower ones are only reported."),
    ignore: z
      .array(z.string().regex(/^(?:DL|SC)[0-9]{4}$/, "a rule such as DL3008 or SC2046"))
      .default([])
      .describe("Rules to ignore. They replace those of the repository's .hadolint.yaml."),
  }),
  "{ threshold: warning }",
);

const commitlint = gate(
  z.strictObject({
    config: repositoryPath
      .optional()
      .describe("Configuration in the repository; Conventional Commits unless set."),
  }),
  "{ config: .commitlintrc.yaml }",
);

const trivy = gate(
  z.strictObject({
    severity: z
      .array(z.enum(["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"]))
      .min(1)
      .default(["HIGH", "CRITICAL"])
      .describe("Severities that fail the job; the reports list all findings."),
    ignoreUnfixed: z
      .boolean()
      .default(true)
      .describe("Ignore vulnerabilities for which no fixed version exists."),
    ignoreFile: repositoryPath
      .regex(/\.ya?ml$/, "a .yaml file: only this format has expiry dates")
      .default(".trivyignore.yaml")
      .describe("File of exceptions with expiry dates; without the file there are no exceptions."),
    database: imageReference
      .optional()
      .describe("A mirror of the vulnerability database: registry.example.com/trivy-db:2."),
    javaDatabase: imageReference.optional().describe("A mirror of the Java database."),
  }),
  "{ severity: [CRITICAL] }",
);

const attestations = gate(
  z.strictObject({
    sbom: z.boolean().default(true).describe("Also generate and require a bill of materials."),
  }),
  "{ sbom: false }",
);

const testService = z.strictObject({
  image: imageReference.describe("Image of the service."),
  alias: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a host name of lower-case letters, digits and dashes")
    .describe("Host name by which the tests reach it."),
  variables: z.record(variableName, line).default({}).describe("Environment variables of the service."),
});

const coverage = z.strictObject({
  pattern: line
    .regex(/^\/.+\/$/, "a regular expression between slashes, such as /^TOTAL.*?(\\d+)%$/")
    .optional()
    .describe("Regular expression that finds the percentage in the job's log."),
  report: z
    .strictObject({
      format: z.enum(["cobertura", "jacoco"]).describe("Format of the file."),
      path: repositoryPath.describe("File that the tests write."),
    })
    .optional()
    .describe("Coverage by line, shown in merge requests."),
});

const test = z
  .strictObject({
    image: imageReference.describe("Image that the tests run in."),
    command: z
      .union(
        [line, z.array(line).min(1)],
        "a command: one line for the image's shell, or a list of words that runs without a shell",
      )
      .describe("Runs the tests; a failure stops the promotion."),
    before: z.array(line).default([]).describe("Lines for the image's shell, before the command."),
    services: z.array(testService).default([]).describe("Service containers of the tests."),
    variables: z.record(variableName, line).default({}).describe("Environment variables of the tests."),
    junit: z.array(repositoryPath).default([]).describe("JUnit reports that the tests write."),
    coverage: coverage.optional().describe("Where GitLab finds the coverage."),
  })
  .describe("The project's own tests.");

export const gatesSchema = z
  .strictObject({
    hadolint: hadolint.prefault(true).describe("Lints every Dockerfile."),
    gitleaks: z
      .boolean()
      .default(true)
      .describe("Searches new commits for secrets, and the whole history in scheduled pipelines."),
    commitlint: commitlint
      .prefault(false)
      .describe("Checks a merge request's commit messages against a convention."),
    test: test.optional(),
    trivy: trivy.prefault(true).describe("Scans every candidate for known vulnerabilities, by digest."),
    attestations: attestations
      .prefault(true)
      .describe("Checks that every candidate has provenance and a bill of materials."),
  })
  .describe("Jobs that must pass before a tag moves.");

const images = Object.fromEntries(
  toolNames.map((name) => [name, imageReference.optional().describe(`Replaces ${name}'s pinned image.`)]),
) as Record<ToolName, z.ZodOptional<typeof imageReference>>;

export const toolsSchema = z
  .strictObject({
    mirror: repositoryPrefix
      .optional()
      .describe("Replaces the registries of the pinned images: registry.example.com/mirror."),
    images: z
      .strictObject(images)
      .prefault({})
      .describe("Images of single tools; the mirror does not apply to them."),
  })
  .describe("Where the images of the jobs' tools come from.");

export type GatesConfig = z.output<typeof gatesSchema>;
export type TestConfig = NonNullable<GatesConfig["test"]>;

/** Gates that are on and run in a tool's own image, which there is only where jobs have one. */
export const gatesWithImages = (gates: GatesConfig): readonly (keyof GatesConfig)[] =>
  (["hadolint", "gitleaks", "commitlint", "test", "trivy"] as const).filter((name) => gates[name]);
