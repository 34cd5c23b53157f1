/**
 * The lab's engine for the programs beside `pulumi`, where BUILDX_RUNNERS_ENGINE names this file: configuration from the
 * stack's own file, state in the directory of a `file://` PULUMI_BACKEND_URL, and the lab's providers.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ConfigValue,
  type PreviewOptions,
  type ResourceChange,
  type StackEngine,
  StackError,
  type StackOptions,
  type StackUpdate,
} from "../../stack/engine.ts";
import { loadConfig, readProject } from "./config.ts";
import { InProcessEngine } from "./in-process.ts";
import { labPlugins } from "./index.ts";
import { shortName } from "./report.ts";
import type { EngineResult, Step } from "./types.ts";

const stackPlugins = {
  ...labPlugins,
  gcp: fileURLToPath(new URL("../providers/gcp/main.ts", import.meta.url)),
};

export interface LabStackOptions extends StackOptions {
  /** Default: the process's own. It has the passphrase and the backend, and is what the program and its providers get. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Programs that serve a package's resources, by package name. Default: the lab's. */
  readonly plugins?: Readonly<Record<string, string>>;
}

/**
 * Opens a stack. One without a state is new: its first update makes it.
 *
 * @throws {StackError} without a stack file, a passphrase or a backend in a directory, and for another stack's passphrase.
 */
export async function openStack(options: LabStackOptions): Promise<StackEngine> {
  const stack = new LabStack(options);
  await stack.config();
  return stack;
}

class LabStack implements StackEngine {
  readonly #stack: string;
  readonly #sources: Parameters<typeof loadConfig>[0];
  readonly #engine: InProcessEngine;
  readonly #place: string;

  constructor({
    stack,
    directory,
    onOutput,
    environment = process.env,
    plugins = stackPlugins,
  }: LabStackOptions) {
    this.#stack = stack;
    const configFile = resolve(directory, `Pulumi.${stack}.yaml`);
    if (!existsSync(configFile)) {
      throw new StackError(`stack ${stack} has no file Pulumi.${stack}.yaml in ${directory}`);
    }
    this.#place = backendOf(environment);
    const project = inWords(stack, () => readProject(directory));
    this.#sources = {
      ...{ project, stack, configFile, config: [], passphrase: passphraseOf(stack, environment) },
      stateDirectory: join(this.#place, "lab", project.name),
    };
    this.#engine = new InProcessEngine({
      ...this.#sources,
      projectDirectory: resolve(directory),
      environment,
      plugins,
      reason: "BUILDX_RUNNERS_ENGINE names it",
      signal: undefined,
      onEvent: (event) => {
        if (event.kind === "diagnostic") {
          for (const line of event.diagnostic.message.split("\n")) onOutput?.(line);
        }
      },
    });
  }

  describe(): string {
    return `${this.#engine.describe()}, its state in ${this.#place}`;
  }

  preview({ refresh = false }: PreviewOptions = {}): Promise<StackUpdate> {
    return this.#run(() => this.#engine.preview({ refresh }));
  }

  up(): Promise<StackUpdate> {
    return this.#run(() => this.#engine.up());
  }

  destroy(): Promise<StackUpdate> {
    return this.#run(() => this.#engine.destroy());
  }

  async config(): Promise<Readonly<Record<string, ConfigValue>>> {
    const { values, secretKeys } = inWords(this.#stack, () => loadConfig(this.#sources));
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, { value, secret: secretKeys.includes(key) }]),
    );
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.#told(() => this.#engine.outputs());
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { value, secret }]) => [name, secret ? "[secret]" : value]),
    );
  }

  async #run(act: () => Promise<EngineResult>): Promise<StackUpdate> {
    const { steps, diagnostics } = await this.#told(act);
    return {
      stack: this.#stack,
      changes: steps.flatMap(changeOf),
      unchanged: steps.filter(({ op }) => op === "same").length,
      warnings: diagnostics
        .filter(({ severity }) => severity === "warning")
        .map(({ message, urn }) => (urn === undefined ? message : `${shortName(urn)}: ${message}`)),
    };
  }

  async #told<T>(act: () => Promise<T>): Promise<T> {
    return await act().catch((error: unknown) => {
      throw failure(this.#stack, error);
    });
  }
}

function changeOf({ op, urn, type, diff, digest = "" }: Step): ResourceChange[] {
  if (op === "same" || op === "read" || op === "refresh") {
    return [];
  }
  const isWhole = op === "create" || op === "import" || op === "delete";
  const name = urn.split("::").slice(3).join("::");
  const properties = isWhole ? [] : diff;
  return [{ op: op === "import" ? "create" : op, urn, type, name, properties, digest }];
}

/** The directory of a `file://` backend. */
function backendOf({ PULUMI_BACKEND_URL: address }: NodeJS.ProcessEnv): string {
  if (address?.startsWith("file://") !== true) {
    const given = address === undefined ? "which is not set" : `not ${address}`;
    throw new StackError(
      `the lab's engine keeps its state in a directory: set PULUMI_BACKEND_URL to file:///path/of/it (${given})`,
    );
  }
  const path = address.slice("file://".length);
  // As Pulumi reads it: `file://./state` and `file://~` are no addresses by the book.
  return path.startsWith("/") ? fileURLToPath(address) : resolve(path.replace(/^~/, process.env.HOME ?? "~"));
}

function passphraseOf(stack: string, { PULUMI_CONFIG_PASSPHRASE: passphrase }: NodeJS.ProcessEnv): string {
  if (passphrase === undefined) {
    throw new StackError(
      `stack ${stack} has secrets under a passphrase, and PULUMI_CONFIG_PASSPHRASE is not set; in a job it is a protected variable, which only protected refs are given`,
    );
  }
  return passphrase;
}

function inWords<T>(stack: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failure(stack, error);
  }
}

function failure(stack: string, error: unknown): StackError {
  const message = error instanceof Error ? error.message : String(error);
  return new StackError(`stack ${stack}: ${message}`, { cause: error });
}
