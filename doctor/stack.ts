/** The stack for the checks: its file, the engine's data about it, and the connection to GitLab. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { UsageError } from "../command-line.ts";
import { plainSecretPaths } from "../config/schema-paths.ts";
import { isSealed, PLACEHOLDER, type Secret } from "../config/secret.ts";
import {
  ConfigError,
  type FleetConfig,
  gitlabUrlOf,
  type ProjectConfig,
  parseConfig,
  readStackFile,
  type StackConfig,
} from "../config.ts";
import type { ConfigValue, StackEngine } from "../stack/engine.ts";
import type { openStack } from "../stack/open.ts";
import { GitlabClient } from "./gitlab-client.ts";

/** A secret, and where it was found: `GITLAB_TOKEN`, `gitlab:token of the stack`. */
export interface FoundSecret {
  readonly value: string;
  readonly source: string;
}

/** What an engine said, or why there is none that could. */
export type EngineFacts =
  | {
      readonly description: string;
      readonly values: Readonly<Record<string, ConfigValue>>;
      /** Of the last `pulumi up`; empty before the first. */
      readonly outputs: Readonly<Record<string, unknown>>;
    }
  | { readonly reason: string };

export interface Stack {
  readonly name: string;
  readonly directory: string;
  /** `Pulumi.dev.yaml`. */
  readonly fileName: string;
  readonly engine: EngineFacts;
  /** By full key, as the engine has it, else as it stands in the file; secrets are placeholders then. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Undefined where the configuration has problems. Without an engine its secrets are placeholders. */
  readonly config: StackConfig | undefined;
  readonly problems: readonly string[];
  /** Full keys of secrets that stand in the file unencrypted. */
  readonly plainSecrets: readonly string[];
  readonly token: FoundSecret | undefined;
  /** The stack's own token where GITLAB_TOKEN, which goes before it, is another one. */
  readonly otherToken: boolean;
  readonly gitlab: GitlabClient;
  /** This repository delivers itself: it has a delivery.yaml. */
  readonly delivery: boolean;
  /** In plain text, to be kept out of what is said. */
  readonly secrets: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export interface OpenOptions {
  readonly stack: string;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly open: typeof openStack;
}

const OWN = "buildx-runners:";

/** Seconds for an engine to answer: one that asks a question or a network never may. */
const PATIENCE = 60;

/**
 * Reads everything that is to be known of the stack on this computer. Nothing of it stops the checks but a file that
 * is not there.
 *
 * @throws {UsageError} for a stack without a file.
 */
export async function readStack({ stack, directory, environment, open }: OpenOptions): Promise<Stack> {
  const fileName = `Pulumi.${stack}.yaml`;
  const path = join(directory, fileName);
  if (!existsSync(path))
    throw new UsageError(
      `there is no ${fileName} in ${directory}. Use --stack with a stack that has a file, or create one: npm run stack:new -- ${stack} --from dev`,
    );
  const file = readFile(readFileSync(path, "utf8"), fileName);
  const engine = await askEngine(open, stack, directory);
  const values: Readonly<Record<string, unknown>> =
    "values" in engine ? parsedValues(engine.values) : file.values;
  const { config, problems } =
    file.problems.length > 0 ? { config: undefined, problems: file.problems } : checked(values);
  const ownToken = "values" in engine ? engine.values["gitlab:token"]?.value : undefined;
  const fromEnvironment = environment.GITLAB_TOKEN?.trim() || undefined;
  const url = gitlabUrlOf(text(values["gitlab:baseUrl"]) ?? environment.GITLAB_BASE_URL);
  const token = fromEnvironment
    ? { value: fromEnvironment, source: "GITLAB_TOKEN" }
    : ownToken === undefined
      ? undefined
      : { value: ownToken, source: "gitlab:token of the stack" };
  return {
    name: stack,
    directory,
    fileName,
    engine,
    values,
    config: config && { ...config, stack, gitlabUrl: url },
    problems,
    plainSecrets: file.plainSecrets,
    token,
    delivery: existsSync(join(directory, "delivery.yaml")),
    otherToken: fromEnvironment !== undefined && ownToken !== undefined && ownToken !== fromEnvironment,
    gitlab: new GitlabClient({
      url,
      token: token?.value,
      caFile: text(values["gitlab:cacertFile"]),
      insecure: String(values["gitlab:insecure"]) === "true",
    }),
    secrets: [...(fromEnvironment ? [fromEnvironment] : []), ...secretsOf(engine, values)],
    environment,
  };
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function readFile(content: string, name: string) {
  try {
    const { plainSecrets } = readStackFile(content, name);
    const document = parseYaml(content) as { config?: Record<string, unknown> } | null;
    return { values: document?.config ?? {}, plainSecrets, problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { values: {}, plainSecrets: [], problems: error.problems };
  }
}

async function askEngine(open: typeof openStack, stack: string, directory: string): Promise<EngineFacts> {
  const clock = Promise.withResolvers<EngineFacts>();
  const timer = setTimeout(
    () => clock.resolve({ reason: `pulumi did not answer within ${PATIENCE} s` }),
    PATIENCE * 1000,
  );
  try {
    return await Promise.race([ask(await open({ stack, directory })), clock.promise]);
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function ask(engine: StackEngine): Promise<EngineFacts> {
  const values = await engine.config();
  // A stack that was never updated may have none.
  const outputs = await engine.outputs().catch(() => ({}));
  return { description: engine.describe(), values, outputs };
}

/** Values of our own keys are JSON; what is none is left as the text it is, for the schema to refuse. */
function parsedValues(values: Readonly<Record<string, ConfigValue>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, { value }]) => {
      if (!key.startsWith(OWN)) return [key, value];
      try {
        return [key, JSON.parse(value)];
      } catch {
        return [key, value];
      }
    }),
  );
}

/** Our own keys, without their namespace. */
function own(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const name = key.startsWith(OWN) ? key.slice(OWN.length) : key;
      return name.includes(":") || isSealed(value) ? [] : [[name, value]];
    }),
  );
}

function checked(values: Readonly<Record<string, unknown>>) {
  const result = parseConfig(own(values));
  return "config" in result
    ? { config: result.config, problems: [] }
    : { config: undefined, problems: result.problems };
}

/** Every secret of the configuration in plain text, those inside of lists too, and those that are so by mistake. */
function secretsOf(engine: EngineFacts, values: Readonly<Record<string, unknown>>): string[] {
  const other = Object.entries("values" in engine ? engine.values : {}).flatMap(([key, { value, secret }]) =>
    secret && !key.startsWith(OWN) ? [value] : [],
  );
  const ours = own(values);
  return [
    ...other,
    ...textAt(values, ["gitlab:token"]),
    ...plainSecretPaths(ours).flatMap((path) => textAt(ours, path)),
  ];
}

function textAt(values: unknown, path: readonly PropertyKey[]): string[] {
  const value = path.reduce<unknown>(
    (inner, part) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    values,
  );
  return typeof value === "string" ? [value] : [];
}

/** Whether a secret could be read: without an engine a placeholder stands for it. */
export const isReadable = (secret: Secret): boolean => secret.reveal() !== PLACEHOLDER;

/** The fleet of a project. The configuration's check has made sure of it. */
export function fleetOf(config: StackConfig, project: ProjectConfig): FleetConfig {
  const fleet = config.fleets.find(({ name }) => name === project.fleet);
  if (!fleet) throw new Error(`fleet ${project.fleet} is missing: this is a bug in the program`);
  return fleet;
}
