import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPulumi } from "./find-pulumi.ts";
import { InProcessEngine } from "./in-process.ts";
import { findExecutable } from "./plugins.ts";
import { PulumiEngine } from "./pulumi-engine.ts";
import { passphraseFile } from "./secrets.ts";
import type { Engine, EngineOptions } from "./types.ts";

export type * from "./types.ts";
export { EngineError } from "./types.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** The lab's own providers: programs, by package. */
export const labPlugins: Readonly<Record<string, string>> = {
  command: join(repository, "lab/providers/command/main.ts"),
  gitlab: join(repository, "lab/providers/gitlab/main.ts"),
};

/**
 * The engine for one stack: a real Pulumi where there is one or it can be installed, else the lab's own.
 *
 * Throws when the options insist on a real one and there is none.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const stateDirectory = resolve(options.stateDirectory);
  // Compiled once, the SDK loads in half the time, in the program and in every provider.
  const cache = { NODE_COMPILE_CACHE: join(repository, ".lab/compile-cache") };
  const environment = { ...cache, ...process.env, ...options.environment };
  const common = {
    projectDirectory: resolve(options.projectDirectory),
    stack: options.stack,
    configFile: resolve(options.configFile),
    config: options.config ?? [],
    stateDirectory,
    // Whatever passphrase the user's own stacks have is not the lab's.
    passphrase:
      options.environment?.PULUMI_CONFIG_PASSPHRASE ?? passphraseFile(join(stateDirectory, "passphrase")),
    environment,
    onEvent: options.onEvent ?? (() => undefined),
    signal: options.signal,
  };
  const wanted = options.engine ?? "auto";
  const search =
    wanted === "in-process"
      ? { reason: "it was asked for" }
      : await findPulumi(join(repository, ".lab/pulumi"));
  if ("command" in search) {
    const plugins = options.plugins ?? withoutPublished(labPlugins, environment);
    return new PulumiEngine({ ...common, plugins, command: search.command });
  }
  if (wanted === "pulumi") {
    throw new Error(`a real Pulumi was asked for, but ${search.reason}`);
  }
  return new InProcessEngine({ ...common, plugins: options.plugins ?? labPlugins, reason: search.reason });
}

/** A published command provider on PATH goes before the lab's: the more of a run is the real thing, the better. */
function withoutPublished(
  plugins: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const { command, ...others } = plugins;
  const isPublished = findExecutable("pulumi-resource-command", environment.PATH) !== undefined;
  return isPublished || command === undefined ? others : { ...others, command };
}
