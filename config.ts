/**
 * The one reader of the stack's configuration: parse, validate, explain. Everything after it is typed, and no other
 * file asks Pulumi for a setting.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
// The whole SDK would load a TypeScript compiler into every program that reads a configuration.
import { Config } from "@pulumi/pulumi/config.js";
import { getStack } from "@pulumi/pulumi/metadata.js";
import * as engine from "@pulumi/pulumi/runtime/config.js";
import { explain, keyOf } from "./config/explain.ts";
import { isOpen, openPlaces, openProviderKeys } from "./config/fill-in.ts";
import { gitlabUrlOf } from "./config/gitlab.ts";
import { checkConfig, KEYS, type ParsedConfig, type StackConfig } from "./config/schema.ts";
import { plainSecretPaths, propertyNames } from "./config/schema-paths.ts";
import { ConfigError, NAMESPACE, readStackFile } from "./config/stack-file.ts";

export { type GitlabAccess, gitlabAccess, gitlabUrlOf } from "./config/gitlab.ts";
export type { ImageConfig, ValidateConfig } from "./config/images.ts";
export type { ProjectConfig } from "./config/projects.ts";
export type { StackConfig } from "./config/schema.ts";
export { Secret } from "./config/secret.ts";
export { ConfigError, readStackFile, type StackFile } from "./config/stack-file.ts";
export type { FleetConfig } from "./runner/fleets/kinds.ts";
export type { SshEndpointConfig, SshHostConfig } from "./runner/fleets/ssh/schema.ts";

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
  const all = engine.allConfig();
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

/** The SDK knows which keys the engine decrypted, but declares the function internal. */
const internals = engine as unknown as { isConfigSecret(key: string): boolean };

/** Secrets that the engine does not treat as secrets: they would be in the state in plain text. */
function exposedSecrets(values: Record<string, unknown>): string[] {
  return KEYS.filter((key) => !internals.isConfigSecret(`${NAMESPACE}:${key}`)).flatMap((key) =>
    plainSecretPaths({ [key]: values[key] }).map((path) => keyOf(path)),
  );
}

/** The engine returns values only; the file shows which of several secrets is in plain text. */
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
  const stack = getStack();
  const values = engineValues();
  const result = parseConfig(values);
  const plain = new Set([...exposedSecrets(values), ...plainSecretsInFile(stack)]);
  const problems = [
    ...[...plain].map(secretAdvice),
    ...openProviderKeys(engine.allConfig()),
    ...("problems" in result ? result.problems : []),
  ];
  if (problems.length > 0 || !("config" in result))
    throw new ConfigError(`the configuration of stack ${stack} (Pulumi.${stack}.yaml)`, problems);
  const baseUrl = new Config("gitlab").get("baseUrl") ?? process.env.GITLAB_BASE_URL;
  return { ...result.config, stack, gitlabUrl: gitlabUrlOf(baseUrl) };
}
