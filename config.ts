/**
 * The one reader of the stack's configuration: parse, validate, explain. Everything after it is typed, and no other
 * file asks Pulumi for a setting.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse as parseYaml } from "yaml";
import { explain, keyOf } from "./config/explain.ts";
import { isOpen, openPlaces, openProviderKeys } from "./config/fill-in.ts";
import type { FleetConfig, SshEndpointConfig, SshHostConfig } from "./config/fleets.ts";
import type { ImageConfig, ValidateConfig } from "./config/images.ts";
import type { ProjectConfig } from "./config/projects.ts";
import { checkConfig, KEYS, type ParsedConfig } from "./config/schema.ts";
import { plainSecretPaths, propertyNames } from "./config/schema-paths.ts";
import { isSealed, Secret } from "./config/secret.ts";
import type { GcpAutoscalerConfig, GcpConfig, GcpMachineConfig } from "./runner/fleets/gcp/schema.ts";

export type {
  FleetConfig,
  GcpAutoscalerConfig,
  GcpConfig,
  GcpMachineConfig,
  ImageConfig,
  ProjectConfig,
  SshEndpointConfig,
  SshHostConfig,
  ValidateConfig,
};
export { Secret };

const NAMESPACE = "buildx-runners";

/** The stack's configuration, checked. */
export interface StackConfig extends ParsedConfig {
  readonly stack: string;
  /** GitLab's address without the API path: `https://gitlab.example.com`. */
  readonly gitlabUrl: string;
}

/** Everything that is wrong with a configuration, in one error; the message is complete, no stack trace adds to it. */
export class ConfigError extends pulumi.RunError {
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      `${source} has ${count}; nothing was changed:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Checks plain values, keys without their namespace.
 *
 * @param values `fleets` and `projects` as the stack file has them; a secret is either `{ secure: … }` (from the file)
 *   or its decrypted value (from the engine).
 * @returns what the program works with, or every problem as a sentence of its own.
 */
export function parseConfig(
  values: Record<string, unknown>,
): { config: ParsedConfig } | { problems: string[] } {
  const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const checked = checkConfig(known);
  const open = openPlaces(known);
  if ("config" in checked && open.length === 0) return checked;
  const issues = "issues" in checked ? checked.issues : [];
  return { problems: [...open, ...explain(issues, known, propertyNames, isOpen)] };
}

/**
 * GitLab's own address from the address of its API.
 * @see https://www.pulumi.com/registry/packages/gitlab/installation-configuration/
 */
export function gitlabUrlOf(baseUrl: string | undefined): string {
  return (baseUrl ?? "https://gitlab.com").replace(/\/+$/, "").replace(/\/api\/v4$/, "");
}

/** What a stack file says, as far as it matters here: our own keys, and the address of GitLab. */
export interface StackFile {
  readonly values: Record<string, unknown>;
  readonly baseUrl: string | undefined;
  /** Full keys of secrets that stand in it unencrypted. */
  readonly plainSecrets: readonly string[];
  /** A sentence for each key of a provider that is still to be filled in. */
  readonly openKeys: readonly string[];
}

/**
 * @param text the content of `Pulumi.<stack>.yaml`.
 * @throws {ConfigError} where it is no YAML, or has a key of ours that does not exist.
 */
export function readStackFile(text: string, name: string): StackFile {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw new ConfigError(name, [
      `it is not YAML: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
  const config = (document as { config?: Record<string, unknown> } | null)?.config ?? {};
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const [namespace, rest] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (namespace === NAMESPACE || !key.includes(":")) values[rest] = isSealed(value) ? undefined : value;
  }
  const baseUrl = config["gitlab:baseUrl"];
  const token = config["gitlab:token"];
  const plainSecrets = plainSecretPaths(values).map((path) => keyOf(path));
  if (typeof token === "string") plainSecrets.push("gitlab:token");
  return {
    values,
    baseUrl: typeof baseUrl === "string" ? baseUrl : undefined,
    plainSecrets,
    openKeys: openProviderKeys(config),
  };
}

function secretAdvice(key: string): string {
  const path = key.replace(/^buildx-runners:/, "");
  return `${key}: a secret in plain text; replace it: pulumi config set --secret --path '${path}'`;
}

/**
 * The configuration as a stack file has it, with no engine and no key to decrypt it: secrets are placeholders.
 * Rendering works with this.
 *
 * @throws {ConfigError} naming every problem.
 */
export function configFromStackFile(text: string, stack: string, name: string): StackConfig {
  const file = readStackFile(text, name);
  const result = parseConfig(file.values);
  const problems = [
    ...file.plainSecrets.map(secretAdvice),
    ...file.openKeys,
    ...("problems" in result ? result.problems : []),
  ];
  if (problems.length > 0 || !("config" in result)) throw new ConfigError(name, problems);
  return { ...result.config, stack, gitlabUrl: gitlabUrlOf(file.baseUrl) };
}

/** Our keys from the engine; a value that is no JSON is left as the text it is, for the schema to refuse. */
function engineValues(): Record<string, unknown> {
  const all = pulumi.runtime.allConfig();
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(all)) {
    if (!key.startsWith(`${NAMESPACE}:`)) continue;
    try {
      values[key.slice(NAMESPACE.length + 1)] = JSON.parse(text);
    } catch {
      values[key.slice(NAMESPACE.length + 1)] = text;
    }
  }
  return values;
}

/** The SDK knows which keys the engine decrypted, and declares the question internal. */
const internals = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** Secrets that the engine does not know for secrets: they would stand in the state as plain text. */
function exposedSecrets(values: Record<string, unknown>): string[] {
  return KEYS.filter((key) => !internals.isConfigSecret(`${NAMESPACE}:${key}`)).flatMap((key) =>
    plainSecretPaths({ [key]: values[key] }).map((path) => keyOf(path)),
  );
}

/** The engine hands out values only; which of several secrets is in plain text, only the file itself tells. */
function plainSecretsInFile(stack: string): readonly string[] {
  const file = join(process.cwd(), `Pulumi.${stack}.yaml`);
  return existsSync(file)
    ? readStackFile(readFileSync(file, "utf8"), `Pulumi.${stack}.yaml`).plainSecrets
    : [];
}

/**
 * The configuration of the running stack.
 *
 * @throws {ConfigError} naming every problem; before any resource is registered, so nothing has changed.
 */
export function loadConfig(): StackConfig {
  const stack = pulumi.getStack();
  const values = engineValues();
  const result = parseConfig(values);
  const plain = new Set([...exposedSecrets(values), ...plainSecretsInFile(stack)]);
  const problems = [
    ...[...plain].map(secretAdvice),
    ...openProviderKeys(pulumi.runtime.allConfig()),
    ...("problems" in result ? result.problems : []),
  ];
  if (problems.length > 0 || !("config" in result))
    throw new ConfigError(`the configuration of stack ${stack} (Pulumi.${stack}.yaml)`, problems);
  const baseUrl = new pulumi.Config("gitlab").get("baseUrl") ?? process.env.GITLAB_BASE_URL;
  return { ...result.config, stack, gitlabUrl: gitlabUrlOf(baseUrl) };
}

/** What a program needs to ask GitLab by itself, beside the provider. */
export interface GitlabAccess {
  /** Without a `/` at its end: `https://gitlab.example.com/api/v4`. */
  readonly api: string;
  /** None where the environment has it, as GITLAB_TOKEN. */
  readonly token: pulumi.Output<string> | undefined;
  /** File of a private CA's certificate. */
  readonly caFile: string | undefined;
}

/**
 * The GitLab provider's own settings.
 * @see https://www.pulumi.com/registry/packages/gitlab/installation-configuration/
 */
export function gitlabAccess(config: Pick<StackConfig, "gitlabUrl">): GitlabAccess {
  const settings = new pulumi.Config("gitlab");
  return {
    api: `${config.gitlabUrl}/api/v4`,
    token: settings.getSecret("token"),
    caFile: settings.get("cacertFile"),
  };
}
