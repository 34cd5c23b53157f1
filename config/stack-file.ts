/** A stack's file: our own keys, and the other keys that are used here. */
import { RunError } from "@pulumi/pulumi/errors.js";
import { parse as parseYaml } from "yaml";
import { keyOf } from "./explain.ts";
import { openProviderKeys } from "./fill-in.ts";
import { plainSecretPaths } from "./schema-paths.ts";
import { isSealed } from "./secret.ts";

export const NAMESPACE = "buildx-runners";

/** Everything that is wrong with a configuration, in one error; the message is complete, no stack trace adds to it. */
export class ConfigError extends RunError {
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

/** The used content of a stack file: our own keys, and the address of GitLab. */
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
