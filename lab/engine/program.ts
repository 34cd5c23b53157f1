import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { nodePath } from "./node.ts";

export interface ProgramOptions {
  readonly projectDirectory: string;
  /** File or directory, relative to the project; `undefined`: the entry point that package.json names. */
  readonly main: string | undefined;
  readonly project: string;
  readonly stack: string;
  readonly monitorAddress: string;
  readonly preview: boolean;
  readonly configuration: {
    readonly values: Readonly<Record<string, string>>;
    readonly secretKeys: readonly string[];
  };
  readonly environment: NodeJS.ProcessEnv;
  readonly onOutput: (line: string) => void;
}

/** A program under way: the SDK's own runner in a process of its own, as Pulumi's language host starts it. */
export class Program {
  readonly #child: ChildProcess;
  /** The exit code; `undefined` when a signal ended it. */
  readonly exit: Promise<number | undefined>;

  constructor(options: ProgramOptions) {
    const runner = createRequire(join(options.projectDirectory, "package.json")).resolve(
      "@pulumi/pulumi/cmd/run",
    );
    this.#child = spawn(nodePath(), [runner, ...argumentsOf(options)], {
      cwd: options.projectDirectory,
      env: {
        ...options.environment,
        PULUMI_CONFIG: JSON.stringify(options.configuration.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.configuration.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = [this.#child.stdout, this.#child.stderr].map((stream) =>
      drained(stream, options.onOutput),
    );
    this.exit = new Promise<number | undefined>((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code) => Promise.all(closed).then(() => resolve(code ?? undefined)));
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

function drained(stream: NodeJS.ReadableStream | null, onOutput: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null) {
      resolve();
      return;
    }
    createInterface({ input: stream }).on("line", onOutput).once("close", resolve);
  });
}

function argumentsOf(options: ProgramOptions): string[] {
  return [
    `--monitor=${options.monitorAddress}`,
    `--engine=${options.monitorAddress}`,
    "--organization=organization",
    `--project=${options.project}`,
    `--stack=${options.stack}`,
    `--root-directory=${options.projectDirectory}`,
    `--pwd=${options.projectDirectory}`,
    ...(options.preview ? ["--dry-run"] : []),
    "--parallel=16",
    options.main ?? ".",
  ];
}
