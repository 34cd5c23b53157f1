import { join } from "node:path";
import { InProcessEngine } from "./in-process.ts";
import { passphraseFile } from "./secrets.ts";
import type { Engine, EngineOptions } from "./types.ts";

export type * from "./types.ts";
export { EngineError } from "./types.ts";

const providers = new URL("../providers/", import.meta.url).pathname;

/** The lab's own providers, by package. */
export const labPlugins: Readonly<Record<string, string>> = {
  command: join(providers, "command/main.ts"),
  gitlab: join(providers, "gitlab/main.ts"),
};

export async function createEngine(options: EngineOptions): Promise<Engine> {
  const environment = { ...process.env, ...options.environment };
  return new InProcessEngine({
    projectDirectory: options.projectDirectory,
    stack: options.stack,
    configFile: options.configFile,
    config: options.config ?? [],
    stateDirectory: options.stateDirectory,
    passphrase:
      environment.PULUMI_CONFIG_PASSPHRASE ?? passphraseFile(join(options.stateDirectory, "passphrase")),
    environment,
    plugins: options.plugins ?? labPlugins,
    onEvent: options.onEvent ?? (() => undefined),
  });
}
