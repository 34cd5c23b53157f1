import { spawn } from "node:child_process";
import type { RunContext } from "./connection.ts";
import type { CommandOutputs, LocalCommandInputs } from "./inputs.ts";
import { CommandLog, withPreviousOutput } from "./output.ts";

/** Runs a command on this computer. Throws, with the command and its output, when it does not end with 0. */
export async function runLocally(
  command: string,
  inputs: LocalCommandInputs,
  previous: CommandOutputs,
  { say, signal }: RunContext,
): Promise<CommandOutputs> {
  const interpreter = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const [program = "/bin/sh", ...leading] = interpreter;
  const log = new CommandLog(inputs.logging, say);
  const child = spawn(program, [...leading, command], {
    cwd: inputs.dir ?? process.cwd(),
    env: { ...process.env, ...inputs.environment, ...withPreviousOutput(inputs, previous) },
    stdio: "pipe",
    signal,
  });
  log.follow(child.stdout, child.stderr);
  // A command need not read what it is given.
  child.stdin.on("error", () => undefined);
  child.stdin.end(inputs.stdin ?? "");
  const reason = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? undefined : code === null ? `signal: ${signal}` : `exit status ${code}`),
    );
  });
  if (reason !== undefined) {
    throw log.failure(reason, command);
  }
  return log.outputs;
}
