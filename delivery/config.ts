/** delivery.yaml: the environments of this repository, and where its jobs keep their state. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UsageError } from "../command-line.ts";
import { explain } from "../config/explain.ts";
import { imageReference, runnerTag, slug } from "../config/fields.ts";
import { serviceAccount, workloadIdentityProvider } from "../config/registries.ts";
import { propertyNames, type Schema } from "../config/schema-paths.ts";
import packageJson from "../package.json" with { type: "json" };
import type { DeploymentTier } from "../pipeline/model.ts";

export const DELIVERY_FILE = "delivery.yaml";

/**
 * Pulumi's own image of the CLI, with Node.js, npm and Git. Its tags are the CLI's versions, and the SDK of package.json
 * says which: the two are released together. No digest: that version is pinned in one place.
 *
 * @see https://github.com/pulumi/pulumi-docker-containers
 */
export const DEFAULT_IMAGE = `pulumi/pulumi-nodejs:${packageJson.dependencies["@pulumi/pulumi"]}`;

/** @see https://www.pulumi.com/docs/iac/concepts/state-and-backends/ */
const backend = z
  .string()
  .regex(
    /^(?:(?:gs|s3|azblob):\/\/[A-Za-z0-9][A-Za-z0-9._/-]*(?:\?[A-Za-z0-9._/&=:%-]+)?|file:\/\/[A-Za-z0-9._~/-]+)$/,
    "a backend of Pulumi's without an account there: gs://bucket, s3://bucket?region=…, azblob://container or file:///directory",
  );

const TIERS = [
  "production",
  "staging",
  "testing",
  "development",
  "other",
] as const satisfies readonly DeploymentTier[];

const environment = z.strictObject({
  stack: slug.describe("The stack; its configuration is Pulumi.<stack>.yaml."),
  tier: z.enum(TIERS).describe("GitLab's tier of the environment."),
  manual: z.boolean().default(false).describe("Its update is a manual job."),
});

const google = z.strictObject({
  workloadIdentityProvider: workloadIdentityProvider.describe(
    "Workload identity provider that trusts GitLab's ID tokens.",
  ),
  serviceAccount: serviceAccount.describe("Service account of updates."),
  previewServiceAccount: serviceAccount
    .optional()
    .describe(
      "Service account of previews and drift checks; read access is enough. Default: the same account.",
    ),
});

const schema = z.strictObject({
  backend: backend.describe("Backend of the state: PULUMI_BACKEND_URL of the jobs."),
  image: imageReference.default(DEFAULT_IMAGE).describe("Image of the jobs, with pulumi, Node.js and Git."),
  tags: z
    .array(runnerTag)
    .default([])
    .describe("Tags of the runner; without tags, a runner for untagged jobs."),
  google: google.optional().describe("Access to Google Cloud with the jobs' ID tokens, without a key."),
  environments: z.array(environment).min(1).describe("In the order in which they are updated."),
});

/** A stack, and how it is updated. */
export type EnvironmentConfig = Readonly<z.output<typeof environment>>;

/** What delivery.yaml says, with every default. */
export type DeliveryConfig = Readonly<z.output<typeof schema>>;

/** A stack's configuration file, below the repository's root. */
export const stackFile = (stack: string): string => `Pulumi.${stack}.yaml`;

/** JSON Schema of the file: for suggestions, and for the reference in docs/. */
export const DELIVERY_SCHEMA = z.toJSONSchema(schema, { io: "input" }) as Schema;

/** The schema's problems are told of keys in a stack file's namespace, which this file does not have. */
const withoutNamespace = (sentence: string): string => sentence.replace(/^buildx-runners:/, "");

/** What no schema sees: the same stack twice, and stacks that are not there. */
function environmentProblems(values: unknown, exists: (file: string) => boolean): string[] {
  const { environments } = (values ?? {}) as { environments?: unknown };
  if (!Array.isArray(environments)) return [];
  const stacks = environments.map((entry: { stack?: unknown } | null) => entry?.stack);
  return stacks.flatMap((stack, index) => {
    if (!slug.safeParse(stack).success) return [];
    const name = String(stack);
    if (stacks.indexOf(stack) < index) return [`environments[${index}].stack: ${name} is listed twice`];
    if (exists(stackFile(name))) return [];
    return [
      `environments[${index}].stack: ${stackFile(name)} does not exist; create it: npm run stack:new -- ${name} --from <another stack>`,
    ];
  });
}

function failed(problems: readonly string[]): UsageError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new UsageError(
    `${DELIVERY_FILE} has ${count}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
  );
}

/**
 * @param text of delivery.yaml.
 * @param exists tells whether a file is there, by its path below the repository's root.
 * @throws {UsageError} naming every problem.
 */
export function parseDelivery(text: string, exists: (file: string) => boolean): DeliveryConfig {
  let values: unknown;
  try {
    values = parse(text);
  } catch (error) {
    // Its other lines show the place, which the first one names.
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(":\n");
    throw failed([`it is not YAML: ${sentence}`]);
  }
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw failed(["it is not a mapping; it needs the keys backend and environments"]);
  const parsed = schema.safeParse(values);
  const known = (path: readonly PropertyKey[]) => propertyNames(path, DELIVERY_SCHEMA);
  const problems = [
    ...(parsed.success ? [] : explain(parsed.error.issues, values, known).map(withoutNamespace)),
    ...environmentProblems(values, exists),
  ];
  if (!parsed.success || problems.length > 0) throw failed(problems);
  return parsed.data;
}

/**
 * Reads delivery.yaml.
 *
 * @param directory the repository's root.
 * @throws {UsageError} where it is not there, or not as it should be.
 *
 * @example
 * readDelivery(".").environments.map(({ stack }) => stack); // ["dev"]
 */
export function readDelivery(directory: string): DeliveryConfig {
  const path = join(directory, DELIVERY_FILE);
  if (!existsSync(path))
    throw new UsageError(
      `${path} does not exist. Create it: it lists the environments in order, and the backend of their state.`,
    );
  return parseDelivery(readFileSync(path, "utf8"), (file) => existsSync(join(directory, file)));
}
