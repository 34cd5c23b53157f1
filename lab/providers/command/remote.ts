import type { Client, ClientChannel } from "ssh2";
import { connect, type RunContext } from "./connection.ts";
import type { CommandOutputs, RemoteCommandInputs } from "./inputs.ts";
import { CommandLog, withPreviousOutput } from "./output.ts";

/** Runs a command on another computer. Throws, with the command and its output, when it does not end with 0. */
export async function runRemotely(
  command: string,
  inputs: RemoteCommandInputs,
  previous: CommandOutputs,
  run: RunContext,
): Promise<CommandOutputs> {
  const session = await connect(inputs.connection, run);
  try {
    await requireEnvironment(session.client, inputs.environment ?? {});
    const env = { ...inputs.environment, ...withPreviousOutput(inputs, previous) };
    const log = new CommandLog(inputs.logging, run.say);
    const reason = await execute(session.client, command, { env, stdin: inputs.stdin ?? "", log });
    if (reason !== undefined) {
      throw log.failure(reason, command);
    }
    return log.outputs;
  } finally {
    session.close();
  }
}

interface Execution {
  readonly env: Record<string, string>;
  readonly stdin: string;
  readonly log: CommandLog;
}

/** Runs a command; returns why it failed, or `undefined`. */
function execute(
  client: Client,
  command: string,
  { env, stdin, log }: Execution,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let isExited = false;
    client.once("close", () => {
      if (!isExited) {
        resolve("the connection broke before the command ended");
      }
    });
    client.exec(command, { env }, (error: Error | undefined, channel: ClientChannel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      let reason: string | undefined = "the server sent no exit status";
      log.follow(channel, channel.stderr);
      channel.on("exit", (code: number | null, signal?: string) => {
        isExited = true;
        reason =
          code === 0
            ? undefined
            : code === null
              ? `Process exited with signal ${signal ?? "unknown"}`
              : `Process exited with status ${code}`;
      });
      channel.on("close", () => resolve(reason));
      channel.on("error", () => undefined);
      channel.end(stdin);
    });
  });
}

/**
 * Throws when the server drops variables that the command is to have: it takes only those that its AcceptEnv names,
 * and says nothing about the others to this library.
 */
async function requireEnvironment(
  client: Client,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const names = Object.keys(environment).sort();
  if (names.length === 0) {
    return;
  }
  const log = new CommandLog("none", () => undefined);
  await execute(client, "env", { env: environment, stdin: "", log });
  const present = new Set(log.outputs.stdout.split("\n").map((line) => line.split("=")[0]));
  const missing = names.filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new Error(
      `could not set environment variable ${missing.join(", ")}: the server's AcceptEnv does not name it; ` +
        "write it before the command (`NAME=value command`), or use stdin for a secret",
    );
  }
}
