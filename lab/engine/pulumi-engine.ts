import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import {
  LocalWorkspace,
  type PulumiCommand,
  type EngineEvent as PulumiEvent,
  type OutputMap as PulumiOutputs,
  Stack,
} from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import { type ConfigSources, loadConfig, readProject, type StackConfig } from "./config.ts";
import { nodePath } from "./node.ts";
import { commandOf } from "./plugin-process.ts";
import { configurationOf } from "./plugins.ts";
import { PulumiEvents } from "./pulumi-events.ts";
import { Redactor } from "./redact.ts";
import { Report } from "./report.ts";
import {
  type Engine,
  EngineError,
  type EngineEvent,
  type EngineResult,
  type Output,
  type PreviewOptions,
} from "./types.ts";

export interface PulumiEngineOptions extends Omit<ConfigSources, "project"> {
  readonly projectDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly plugins: Readonly<Record<string, string>>;
  readonly command: PulumiCommand;
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal: AbortSignal | undefined;
}

interface Run {
  readonly stack: Stack;
  readonly report: Report;
  readonly redactor: Redactor;
  readonly events: PulumiEvents;
}

/** What every operation is given. */
interface OperationOptions {
  readonly color: "never";
  readonly onEvent: (event: PulumiEvent) => void;
  readonly signal?: AbortSignal;
}

/** A real Pulumi with its state in local files, and the lab's providers as its plugins. */
export class PulumiEngine implements Engine {
  readonly kind = "pulumi";
  readonly #options: PulumiEngineOptions;

  constructor(options: PulumiEngineOptions) {
    this.#options = options;
  }

  describe(): string {
    const { command, plugins, stateDirectory } = this.#options;
    const names = Object.keys(plugins).sort().join(", ");
    return (
      `Pulumi ${command.version ?? "of unknown version"} (${command.command}), its state in ${stateDirectory}` +
      (names === "" ? "" : `, with the lab's own providers of ${names}`)
    );
  }

  preview({ refresh = false }: PreviewOptions = {}): Promise<EngineResult> {
    return this.#run((stack, options) => stack.preview({ ...options, refresh }));
  }

  up(): Promise<EngineResult> {
    return this.#run((stack, options) => stack.up(options));
  }

  refresh(): Promise<EngineResult> {
    return this.#run((stack, options) => stack.refresh(options));
  }

  destroy(): Promise<EngineResult> {
    return this.#run(async (stack, options) => {
      // As the command does for a user: without it, what is protected is only found when other resources are gone.
      await stack.previewDestroy({ ...options, onEvent: toldOnly(options.onEvent) });
      return await stack.destroy(options);
    });
  }

  async outputs(): Promise<Readonly<Record<string, Output>>> {
    const { stack } = await this.#open();
    return plainOutputs(await stack.outputs());
  }

  async #run(act: (stack: Stack, options: OperationOptions) => Promise<unknown>): Promise<EngineResult> {
    const { stack, report, redactor, events } = await this.#open();
    const { signal } = this.#options;
    let failure: string | undefined;
    try {
      await act(stack, {
        color: "never",
        onEvent: (event) => events.take(event),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    const outputs = plainOutputs(await stack.outputs().catch(() => ({})));
    const result = report.result(outputs);
    if (failure !== undefined) {
      throw new EngineError(report.failed ? report.failure() : redactor.text(failure), result);
    }
    return result;
  }

  async #open(): Promise<Run> {
    const { projectDirectory, stack, stateDirectory, passphrase, onEvent, command } = this.#options;
    const project = readProject(projectDirectory);
    const config = loadConfig({ ...this.#options, project });
    const redactor = new Redactor();
    for (const secret of [...config.secrets, passphrase]) {
      redactor.add(secret);
    }
    const report = new Report(redactor, onEvent);
    const workDir = join(stateDirectory, "project");
    writeProject(projectDirectory, workDir, project.main);
    copyFileSync(config.file, join(workDir, `Pulumi.${stack}.yaml`));
    const workspace = await LocalWorkspace.create({
      workDir,
      pulumiCommand: command,
      secretsProvider: "passphrase",
      envVars: this.#environment(config),
    });
    const opened = await Stack.createOrSelect(stack, workspace);
    return { stack: opened, report, redactor, events: new PulumiEvents(report) };
  }

  #environment(config: StackConfig): Record<string, string> {
    const { stateDirectory, environment, passphrase, plugins, command } = this.#options;
    const backend = join(stateDirectory, "backend");
    const pluginDirectory = join(stateDirectory, "plugins");
    mkdirSync(backend, { recursive: true, mode: 0o700 });
    writePlugins(pluginDirectory, plugins);
    const path = [
      pluginDirectory,
      dirname(resolve(command.command)),
      // The program needs this Node, whichever one the system has.
      dirname(nodePath()),
      environment.PATH ?? "",
    ];
    const all: NodeJS.ProcessEnv = {
      ...environment,
      PATH: path.join(delimiter),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    for (const name of Object.keys(plugins)) {
      all[configurationVariable(name)] = JSON.stringify(configurationOf(name, config.values));
    }
    const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return Object.fromEntries(present);
  }
}

/**
 * A project of the engine's own that points at the program: Pulumi writes beside Pulumi.yaml, and the repository is
 * not its to write to.
 */
function writeProject(projectDirectory: string, workDir: string, main: string | undefined): void {
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const settings: unknown = parse(readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8"));
  const adapted = {
    ...(settings instanceof Object ? settings : {}),
    main: resolve(projectDirectory, main ?? "."),
  };
  writeFileSync(join(workDir, "Pulumi.yaml"), stringify(adapted));
}

/**
 * The variable that takes a package's configuration to its plugin. Pulumi sends it in the protocol, where the SDK's
 * server for providers ignores it; in a file it would be in plain text.
 */
function configurationVariable(name: string): string {
  return `BUILDX_RUNNERS_LAB_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_CONFIG`;
}

/** One executable a package, under the name by which Pulumi looks for it on PATH. */
function writePlugins(directory: string, plugins: Readonly<Record<string, string>>): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [name, program] of Object.entries(plugins)) {
    const path = join(directory, `pulumi-resource-${name}`);
    const command = commandOf(program).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const lines = [
      "#!/bin/sh",
      `export PULUMI_CONFIG="$${configurationVariable(name)}"`,
      `exec ${command.join(" ")} "$@"`,
      "",
    ];
    writeFileSync(path, lines.join("\n"));
    chmodSync(path, 0o700);
  }
}

/** What the engine says, and not what it would do. */
function toldOnly(onEvent: OperationOptions["onEvent"]): OperationOptions["onEvent"] {
  return (event) => {
    if (event.diagnosticEvent?.severity === "error") onEvent(event);
  };
}

function plainOutputs(outputs: PulumiOutputs): Record<string, Output> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, secret }]) => [name, { value, secret }]),
  );
}
