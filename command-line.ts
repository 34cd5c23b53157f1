/** How the programs of this project start and end: a user's mistake is told in a sentence, never by a stack trace. */
import { ResourceError, RunError } from "@pulumi/pulumi/errors.js";
import type { Command } from "commander";

/**
 * What a user can mend. The message says what happened, where, and what to do; `cause` holds what is behind it.
 *
 * @example
 * throw new UsageError(`${file} does not exist; name the stack's file with --config`);
 */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  /** What the program ends with. */
  readonly exitCode: number = 1;
}

/**
 * What the operating system refused, of a file: its message says what, and which file.
 * @see https://nodejs.org/api/errors.html#class-systemerror
 */
const isRefusal = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";

/** Everything there is to know about an error: with its causes, and where they came from. */
function inFull(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.stack ?? error.message;
  return error.cause === undefined ? text : `${text}\ncaused by: ${inFull(error.cause)}`;
}

/**
 * What a program says of the error that ended it.
 *
 * @example
 * explained(new UsageError("Pulumi.prod.yaml does not exist"), false); // Pulumi.prod.yaml does not exist
 */
export function explained(error: unknown, verbose: boolean): string {
  if (verbose) return inFull(error);
  if (error instanceof UsageError || RunError.isInstance(error)) return error.message;
  if (ResourceError.isInstance(error) && error.hideStack === true) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (isRefusal(error)) return `${message}\nRun the command again with --verbose to see which step failed.`;
  return `${message}\nThis is a bug in the program. Run the command again with --verbose, and report its output.`;
}

/** A command and all of its own: --verbose may stand behind any of them. */
const withCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withCommands)];

/**
 * Runs a program's command line. Every program and each of its commands has `--verbose`, which tells what is behind an
 * error.
 *
 * Exit codes: 0; 1 for what the program found or could not do; what the program, or its error, sets itself.
 *
 * @example
 * await runCommandLine(new Command("render").option("--out <directory>").action(render));
 */
export async function runCommandLine(
  program: Command,
  argv: readonly string[] = process.argv,
): Promise<void> {
  const commands = withCommands(program);
  for (const command of commands)
    command.option("--verbose", "print an error's causes and stack traces", false);
  const end = (error: unknown): void => {
    process.exitCode = error instanceof UsageError ? error.exitCode : 1;
    const verbose = commands.some((command) => command.opts<{ verbose: boolean }>().verbose);
    console.error(explained(error, verbose));
  };
  // What fails behind an action's back ends the program as it always does, and is told the same way.
  const onUncaught = (error: unknown): never => {
    end(error);
    process.exit();
  };
  // The reader has closed the pipe: `render … | head`.
  const onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  };
  process.on("uncaughtException", onUncaught);
  process.stdout.on("error", onPipe);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    end(error);
  } finally {
    process.off("uncaughtException", onUncaught);
    process.stdout.off("error", onPipe);
  }
}
