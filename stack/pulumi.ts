/**
 * A stack of the `pulumi` on PATH, by the SDK's Automation API. It works on the repository as it is: nothing is created or selected,
 * and no file changes.
 *
 * @see https://www.pulumi.com/docs/using-pulumi/automation-api/
 */
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation/index.js";
import type {
  ConfigValue,
  PreviewOptions,
  StackEngine,
  StackOptions,
  StackPreview,
  StackUpdate,
  UpOptions,
} from "./engine.ts";
import { explained, noCommand, noStackFile } from "./pulumi-errors.ts";
import { PulumiEvents } from "./pulumi-events.ts";

export interface PulumiOptions extends StackOptions {
  /** Added to the environment of `pulumi` and of everything that it starts. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Directory whose `bin` has the `pulumi` to use; the one on PATH unless set. */
  readonly root?: string;
}

/**
 * @throws {StackError} where there is no `pulumi`, no such stack, or no way to decrypt its configuration.
 */
export async function openStack(options: PulumiOptions): Promise<StackEngine> {
  const { stack, directory, environment = {}, root } = options;
  const command = await PulumiCommand.get(root === undefined ? {} : { root }).catch((error: unknown) => {
    throw noCommand(error);
  });
  if (!existsSync(join(directory, `Pulumi.${stack}.yaml`))) throw noStackFile(options);
  const workspace = await LocalWorkspace.create({
    workDir: directory,
    pulumiCommand: command,
    envVars: {
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...environment,
      // The program runs on this very Node, whichever one the computer has.
      PATH: [dirname(process.execPath), environment.PATH ?? process.env.PATH ?? ""].join(delimiter),
    },
  });
  // The SDK would have `pulumi` remember the selection: the user's next `pulumi up` would be on another stack.
  workspace.selectStack = async () => {};
  const engine = new PulumiStack(options, command, await Stack.select(stack, workspace));
  // Asks for all that every operation needs: backend, stack, passphrase.
  await engine.config();
  return engine;
}

/** What every operation is given. */
interface Operation {
  readonly color: "never";
  readonly configFile: string;
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal?: AbortSignal;
}

class PulumiStack implements StackEngine {
  readonly #options: PulumiOptions;
  readonly #command: PulumiCommand;
  readonly #stack: Stack;

  constructor(options: PulumiOptions, command: PulumiCommand, stack: Stack) {
    this.#options = options;
    this.#command = command;
    this.#stack = stack;
  }

  describe(): string {
    const { environment } = this.#options;
    const backend = environment?.PULUMI_BACKEND_URL ?? process.env.PULUMI_BACKEND_URL;
    const place = backend === undefined ? "where `pulumi login` says" : `in ${backend}`;
    return `Pulumi ${this.#command.version ?? "of unknown version"}, its state ${place}`;
  }

  preview({ refresh = false, plan }: PreviewOptions = {}): Promise<StackPreview> {
    return this.#run("preview", (operation) =>
      this.#stack.preview({ ...operation, refresh, ...(plan === undefined ? {} : { plan }) }),
    );
  }

  up({ plan }: UpOptions = {}): Promise<StackUpdate> {
    return this.#run("update", (operation) =>
      this.#stack.up({ ...operation, showSecrets: false, ...(plan === undefined ? {} : { plan }) }),
    );
  }

  refresh(): Promise<StackUpdate> {
    return this.#run("update", (operation) => this.#stack.refresh({ ...operation, showSecrets: false }));
  }

  async destroy(): Promise<StackUpdate> {
    // As the command does for a user: what is protected is found before anything else is gone.
    await this.#run("preview", (operation) => this.#stack.previewDestroy(operation));
    return this.#run("update", (operation) => this.#stack.destroy({ ...operation, showSecrets: false }));
  }

  async config(): Promise<Readonly<Record<string, ConfigValue>>> {
    const values = await this.#told(this.#stack.getAllConfig());
    return Object.fromEntries(
      Object.entries(values).map(([key, { value, secret = false }]) => [key, { value, secret }]),
    );
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.#told(this.#stack.outputs());
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { value, secret }]) => [name, secret ? "[secret]" : value]),
    );
  }

  #told<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw explained(this.#options, error);
    });
  }

  async #run(
    kind: "preview" | "update",
    act: (operation: Operation) => Promise<unknown>,
  ): Promise<StackUpdate> {
    const events = new PulumiEvents(kind, this.#options.onOutput);
    const { signal } = this.#options;
    await this.#withConfigFile(events, async (configFile) => {
      await act({
        ...{ color: "never", configFile, onEvent: (event) => events.take(event) },
        ...(signal === undefined ? {} : { signal }),
      });
    });
    const { changes, unchanged, warnings } = events;
    return { stack: this.#options.stack, changes, unchanged, warnings };
  }

  /** With a copy of the stack's file: into one that has no salt yet, `pulumi` would write one. */
  async #withConfigFile(events: PulumiEvents, act: (file: string) => Promise<unknown>): Promise<void> {
    const { stack, directory } = this.#options;
    const scratch = await mkdtemp(join(tmpdir(), "buildx-runners-stack-"));
    const name = `Pulumi.${stack}.yaml`;
    try {
      await copyFile(join(directory, name), join(scratch, name));
      await act(join(scratch, name));
    } catch (error) {
      throw explained(this.#options, error, events.errors);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}
