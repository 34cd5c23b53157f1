/** How the programs of this project start and end: a user's mistake is told in a sentence, never by a stack trace. */
import { RunError } from "@pulumi/pulumi/errors.js";
import type { Command } from "commander";

/**
 * What a user can mend. The message says what happened, where, and what to do; `cause` holds what is behind it.
 *
 * @example
 * throw new UsageError(`${file} does not exist; name the stack's file with --config`);
 */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

const isExpected = (error: unknown): error is Error =>
  error instanceof UsageError || RunError.isInstance(error);

/** Everything there is to know about an error: with its causes, and where they came from. */
function inFull(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.stack ?? error.message;
  return error.cause === undefined ? text : `${text}\ncaused by: ${inFull(error.cause)}`;
}

/**
 * Runs a program's command line. Every program has `--verbose`, which tells what is behind an error.
 *
 * Exit codes: 0; 1 for what the program found or could not do; what the program sets itself.
 *
 * @example
 * await runCommandLine(new Command("render").option("--out <directory>").action(render));
 */
export async function runCommandLine(
  program: Command,
  argv: readonly string[] = process.argv,
): Promise<void> {
  program.option("--verbose", "tell what is behind an error", false);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = 1;
    const verbose = program.opts<{ verbose: boolean }>().verbose || argv.includes("--verbose");
    if (verbose) console.error(inFull(error));
    else if (isExpected(error)) console.error(error.message);
    else
      console.error(
        `${error instanceof Error ? error.message : String(error)}\nThis is a fault of the program; --verbose tells where.`,
      );
  }
}
