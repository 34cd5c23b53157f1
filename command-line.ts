/** How the programs of this project start and end: a user's mistake is told in a sentence, never by a stack trace. */
import { ResourceError, RunError } from "@pulumi/pulumi/errors.js";
import type { Command } from "commander";

/**
 * A mistake that a user can correct. The message says what happened, where, and what to do; `cause` holds the original error.
 *
 * @example
 * throw new UsageError(`${file} does not exist; name the stack's file with --config`);
 */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  /** The program's exit code. */
  readonly exitCode: number = 1;
}

/**
 * An error of the operating system about a file; its message names the operation and the file.
 * @see https://nodejs.org/api/errors.html#class-systemerror
 */
const isRefusal = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";

/** An error in full: stack trace and causes. */
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

/** A command and its subcommands: --verbose is valid after each of them. */
const withCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withCommands)];

/**
 * Runs a program's command line. Every program and each of its commands has `--verbose`, which prints the causes of an
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
  // An error outside of the awaited action ends the program too, and is printed the same way.
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
