/** Errors of a `pulumi` command, explained: what happened, where, and what to do. */
import { CommandError } from "@pulumi/pulumi/automation/index.js";
import { StackError, type StackOptions } from "./engine.ts";

const INSTALL = "https://www.pulumi.com/docs/install/";

export function noCommand(cause: unknown): StackError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const missing = reason.includes("ENOENT");
  return failure(
    missing
      ? `pulumi is not on PATH; install it (${INSTALL}), and run this program through npm`
      : `the pulumi on PATH does not work: ${firstLine(reason)}; install a current one (${INSTALL})`,
    cause,
  );
}

export function noStackFile({ stack, directory }: StackOptions): StackError {
  return new StackError(
    `stack ${stack} has no file Pulumi.${stack}.yaml in ${directory}; create it with npm run stack:new -- ${stack}`,
  );
}

/** One kind of failure: the command's text, and our message for it. */
interface Kind {
  readonly said: RegExp;
  readonly explain: (options: StackOptions, line: string) => string;
}

/** Wordings of pulumi 3.260; a message that none of them fits is passed on. */
const KINDS: readonly Kind[] = [
  {
    said: /no stack named .* found/,
    explain: ({ stack }) =>
      `there is no stack ${stack} in this backend; create it with npm run pulumi -- stack init ${stack}, or set PULUMI_BACKEND_URL to the backend that has it`,
  },
  {
    said: /incorrect passphrase/,
    explain: ({ stack }) =>
      `the passphrase is wrong for Pulumi.${stack}.yaml; set PULUMI_CONFIG_PASSPHRASE to the one with which the stack was created`,
  },
  {
    said: /passphrase must be set/,
    explain: ({ stack }) =>
      `stack ${stack} has secrets encrypted with a passphrase, and PULUMI_CONFIG_PASSPHRASE is not set; jobs get it as a protected variable, on protected refs only`,
  },
  {
    said: /currently locked by|Another update is currently in progress/,
    explain: ({ stack }) =>
      `another update of stack ${stack} is running, or was killed and left its lock; wait for it to end; if none is running, remove the lock with npm run pulumi -- cancel --stack ${stack}`,
  },
  {
    said: /PULUMI_ACCESS_TOKEN must be set/,
    explain: () =>
      "no backend is set; set PULUMI_BACKEND_URL to the backend in delivery.yaml, or run npm run pulumi -- login --local",
  },
  {
    said: /unable to open (state directory|bucket)|could not list bucket|could not find default credentials|missing google credentials|error listing|unable to check if bucket/i,
    explain: (_, line) =>
      `the backend cannot be reached: ${line}; check PULUMI_BACKEND_URL and its credentials`,
  },
];

/**
 * @param errors what the engine reported while it worked, without secrets.
 */
export function explained(options: StackOptions, error: unknown, errors: readonly string[] = []): StackError {
  const words = wordsOf(error);
  const told = errors.length > 0 ? errors : [words];
  const lines = [...told, words].flatMap((text) => text.split("\n"));
  const stale = lines.find((line) => STALE.test(line));
  // Without a cause, because its text contains values of properties.
  if (stale !== undefined) return new StackError(staleness(options, stale));
  for (const { said, explain } of KINDS) {
    const line = lines.find((candidate) => said.test(candidate));
    if (line !== undefined) return failure(explain(options, line.replace(/^error: /, "").trim()), error);
  }
  return failure(`stack ${options.stack}: ${told.join("\n")}`, error);
}

const STALE = /violates plan/;

function staleness({ stack }: StackOptions, line: string): string {
  const place = line.match(/resource (\S+) violates/)?.[1] ?? "a resource";
  return `stack ${stack} would no longer do what its plan says, and stopped at ${place}; earlier steps are done. Run a preview again, and review the difference`;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof CommandError)) return error instanceof Error ? error.message : String(error);
  // The SDK puts exit code, command and both outputs into one text; `pulumi` marks its own words.
  const marked = error.message.split("\n").filter((line) => /^\s*error: /.test(line));
  return marked.length > 0 ? marked.join("\n").replace(/^\s*error: /gm, "") : error.message.trim();
}

const firstLine = (text: string): string => text.split("\n").find((line) => line.trim() !== "") ?? text;

function failure(message: string, cause: unknown): StackError {
  return new StackError(message, { cause });
}
