import { createInterface } from "node:readline";
import { execa } from "execa";
import { LabError } from "./errors.ts";

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface RunOptions {
  readonly input?: string;
  /** What a failure stops, for the error's first line: `build the root file system`. */
  readonly purpose?: string;
  /** Return a failing exit code instead of throwing. */
  readonly tolerate?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Told the process number of what was started. */
  readonly started?: (pid: number) => void;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told each line of standard error. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program of this computer to its end.
 *
 * @throws LabError with the command and the end of what it said, unless `tolerate` is set.
 */
export async function run(
  command: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const running = execa(command, argv, {
    reject: false,
    ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const { onLine } = options;
  if (onLine) createInterface({ input: running.stderr }).on("line", onLine);
  if (running.pid !== undefined) options.started?.(running.pid);
  const result = await running;
  const exitCode = result.exitCode ?? 255;
  if (result.failed && options.tolerate !== true) {
    const said = [result.stderr, result.stdout].find((text) => text?.trim()) ?? result.shortMessage ?? "";
    throw new LabError(
      `Could not ${options.purpose ?? `run ${command}`}: ${[command, ...argv].join(" ")} ` +
        `${result.timedOut ? "took too long" : `ended with ${exitCode}`}\n${said.trim().split("\n").slice(-15).join("\n")}`,
    );
  }
  return { stdout: result.stdout, stderr: result.stderr, exitCode };
}
