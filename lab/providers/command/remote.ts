import { constants } from "node:os";
import type { Client, ClientChannel } from "ssh2";
import { connect, type RunContext } from "./connection.ts";
import type { CommandOutputs, RemoteCommandInputs } from "./inputs.ts";
import { CommandLog } from "./output.ts";

/**
 * Runs a command on another computer. Throws, with the command and its output, when it does not end with 0.
 *
 * The last output is not in its environment: an SSH server takes no such variables unless it is told to, and the
 * published provider then goes on without.
 */
export async function runRemotely(
  command: string,
  { connection, logging, stdin }: RemoteCommandInputs,
  run: RunContext,
): Promise<CommandOutputs> {
  const session = await connect(connection, run);
  try {
    const log = new CommandLog(logging, run.say);
    const reason = await execute(session.client, command, stdin ?? "", log);
    if (reason !== undefined) {
      throw log.failure(reason, command);
    }
    return log.outputs;
  } finally {
    session.close();
  }
}

/** Runs a command; returns why it failed, or `undefined`. */
function execute(
  client: Client,
  command: string,
  stdin: string,
  log: CommandLog,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let reason: string | undefined = "wait: remote command exited without exit status or exit signal";
    client.once("close", () => resolve(reason));
    client.exec(command, (error: Error | undefined, channel: ClientChannel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      log.follow(channel, channel.stderr);
      channel.on("exit", (code: number | null, signal = "") => {
        reason = code === 0 ? undefined : `Process exited with status ${code ?? statusOf(signal)}`;
        if (code === null) reason += ` from signal ${signal.replace(/^SIG/, "")}`;
      });
      channel.on("close", () => resolve(reason));
      channel.on("error", () => undefined);
      channel.end(stdin);
    });
  });
}

const statusOf = (signal: string): number =>
  128 + (new Map<string, number>(Object.entries(constants.signals)).get(signal) ?? 0);
