/**
 * One machine by hand: `node lab/machine/cli.ts up|ssh|exec|reboot|down|clean [--instance N]`.
 */

import { Command } from "commander";
import { execaSync } from "execa";
import { runCommandLine } from "../../command-line.ts";
import { ownInstance } from "../paths.ts";
import { attachMachine, cleanUp, startMachine } from "./index.ts";
import { instanceOf } from "./instance.ts";
import { sshOptions } from "./shell.ts";

const program = new Command("machine")
  .description("A throwaway Debian machine on this computer")
  .enablePositionalOptions()
  .option("--instance <number>", "which machine", Number, ownInstance);
const number = () => program.opts<{ instance: number }>().instance;

program
  .command("up")
  .description("start it and leave it up")
  .option("--metadata-server", "answer on 169.254.169.254")
  .action(async (options: { metadataServer?: boolean }) => {
    const started = performance.now();
    const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
    const machine = await startMachine({
      instance: number(),
      metadataServer: options.metadataServer ?? false,
      progress: (step) => console.log(`${seconds()} s  ${step}`),
    });
    machine.keep();
    console.log(
      `${seconds()} s  up: ${machine.user}@${machine.address}\n${machine.hostKey}\n${machine.privateKeyPath}`,
    );
  });

program
  .command("ssh [command...]")
  .description("a shell, or a command, as its administrator")
  .passThroughOptions()
  .action(async (command: string[]) => {
    const machine = await attachMachine(number());
    const argv = [...sshOptions(instanceOf(number())), `${machine.user}@${machine.address}`, ...command];
    process.exitCode = execaSync("ssh", argv, { stdio: "inherit", reject: false }).exitCode ?? 255;
  });

program
  .command("exec <command>")
  .description("a bash command as root, past SSH")
  .action(async (command: string) => {
    const result = await (await attachMachine(number())).exec(command);
    console.log(result.stdout);
    console.error(result.stderr);
    process.exitCode = result.exitCode;
  });

program
  .command("reboot")
  .description("reboot it and wait until it is back")
  .action(async () => (await attachMachine(number())).reboot());

program
  .command("down")
  .description("power it off and throw it away")
  .action(async () => (await attachMachine(number())).stop());

program.command("clean").description("take down what crashed runs left").action(cleanUp);

await runCommandLine(program);
