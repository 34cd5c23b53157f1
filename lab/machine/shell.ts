import path from "node:path";
import { execa } from "execa";
import { LabError } from "../errors.ts";
import type { Result } from "../run.ts";
import { initOf } from "./boot.ts";
import type { Instance } from "./instance.ts";

export interface CommandOptions {
  /** Standard input; empty by default. */
  readonly input?: string;
  /** Milliseconds; none by default. */
  readonly timeout?: number;
}

/** Name of the machine's administrator, who may use sudo without a password. */
export const administrator = "admin";

/** The private key the administrator logs in with. */
export function privateKeyOf(instance: Instance): string {
  return path.join(instance.runDirectory, "ssh", "id_ed25519");
}

/** The known_hosts file that names the machine's own host key and nothing else. */
export function knownHostsOf(instance: Instance): string {
  return path.join(instance.runDirectory, "ssh", "known_hosts");
}

/** Options of `ssh` that log in to this very machine without a question, or fail. */
export function sshOptions(instance: Instance): string[] {
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "5",
    IdentitiesOnly: "yes",
    IdentityFile: privateKeyOf(instance),
    LogLevel: "ERROR",
    ServerAliveInterval: "15",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHostsOf(instance),
  };
  // -F: the person's own ssh_config has no say in the lab.
  return ["-F", "none", ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

/** Runs a shell command in the machine as its administrator, over SSH. Never throws for a failing command. */
export async function sshInto(
  instance: Instance,
  command: string,
  options: CommandOptions = {},
): Promise<Result> {
  const argv = [...sshOptions(instance), `${administrator}@${instance.address}`, "--", command];
  return finish("ssh", argv, options);
}

/** The environment of a login; nothing of this computer's. */
const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/**
 * Runs a bash command in the machine as root, without the network: past SSH, sudo and firewall.
 *
 * @throws LabError when the machine is not up. A failing command only returns its exit code.
 */
export async function execIn(
  instance: Instance,
  command: string,
  options: CommandOptions = {},
): Promise<Result> {
  const init = initOf(instance);
  if (init === undefined) throw new LabError(`${instance.name} is not up`);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return finish(
    "nsenter",
    [
      ...["--target", String(init.pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"],
      ...["--root", "--wd", "--", "/usr/bin/env", "--ignore-environment", "--chdir=/root", ...variables],
      ...["/bin/bash", "-c", command],
    ],
    options,
  );
}

async function finish(command: string, argv: readonly string[], options: CommandOptions): Promise<Result> {
  const result = await execa(command, argv, {
    reject: false,
    ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode ?? 255 };
}
