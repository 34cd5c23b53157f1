/**
 * The `pulumi` on PATH, by the SDK's Automation API. It works on the repository as it is: nothing is created or selected,
 * and no file changes.
 *
 * @see https://www.pulumi.com/docs/using-pulumi/automation-api/
 */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation/index.js";
import {
  type ConfigValue,
  type PreviewOptions,
  type StackEngine,
  StackError,
  type StackOptions,
  type StackPreview,
  type StackUpdate,
  type UpOptions,
} from "./engine.ts";
import { explained, noCommand, noStackFile } from "./pulumi-errors.ts";
import { PulumiEvents } from "./pulumi-events.ts";

export interface PulumiOptions extends StackOptions {
  /** Added to the environment of `pulumi` and of everything that it starts. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * @throws {StackError} where there is no `pulumi`, no such stack, or no way to decrypt its configuration.
 */
export async function openStack(options: PulumiOptions): Promise<StackEngine> {
  const command = await PulumiCommand.get().catch((error: unknown) => {
    throw noCommand(error);
  });
  const { stack, directory, environment = {} } = options;
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
  readonly onOutput: (chunk: string) => void;
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

  destroy(): Promise<StackUpdate> {
    return this.#run("update", (operation) => this.#stack.destroy({ ...operation, showSecrets: false }));
  }

  config(): Promise<Readonly<Record<string, ConfigValue>>> {
    return this.#withConfigFile(async (file) => {
      const { stdout } = await this.#ask("config", "--show-secrets", "--json", "--config-file", file);
      const values: Record<string, { value?: string; secret?: boolean }> = JSON.parse(stdout);
      return Object.fromEntries(
        Object.entries(values).map(([key, { value, secret }]) => [
          key,
          { value: value ?? "", secret: secret ?? false },
        ]),
      );
    });
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const { stdout } = await this.#ask("stack", "output", "--json").catch((error: unknown) => {
      throw explained(this.#options, error);
    });
    return JSON.parse(stdout);
  }

  #ask(...args: string[]) {
    const { workDir, envVars } = this.#stack.workspace;
    return this.#command.run([...args, "--stack", this.#stack.name], workDir, envVars);
  }

  async #run(
    kind: "preview" | "update",
    act: (operation: Operation) => Promise<unknown>,
  ): Promise<StackUpdate> {
    const events = new PulumiEvents(kind);
    const { onOutput } = this.#options;
    const lines = new Lines(onOutput);
    await this.#withConfigFile(async (configFile) => {
      const operation: Operation = {
        color: "never",
        configFile,
        onEvent: (event) => events.take(event),
        onOutput: (chunk) => lines.take(chunk),
      };
      await act(operation).finally(() => lines.end());
    }, events);
    const { changes, unchanged, warnings } = events;
    return { stack: this.#options.stack, changes, unchanged, warnings };
  }

  /** With a copy of the stack's file: into one that has no salt yet, `pulumi` would write one. */
  async #withConfigFile<T>(act: (file: string) => Promise<T>, events?: PulumiEvents): Promise<T> {
    const { stack, directory } = this.#options;
    const scratch = await mkdtemp(join(tmpdir(), "buildx-runners-stack-"));
    const name = `Pulumi.${stack}.yaml`;
    try {
      await copyFile(join(directory, name), join(scratch, name)).catch((error: unknown) => {
        throw noStackFile(this.#options, error);
      });
      return await act(join(scratch, name));
    } catch (error) {
      throw error instanceof StackError ? error : explained(this.#options, error, events?.errors);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

/** Puts chunks of output together to lines. */
class Lines {
  readonly #tell: (line: string) => void;
  #rest = "";

  constructor(tell: (line: string) => void = () => {}) {
    this.#tell = tell;
  }

  take(chunk: string): void {
    const lines = `${this.#rest}${chunk}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#tell(line);
  }

  end(): void {
    if (this.#rest !== "") this.#tell(this.#rest);
  }
}
