/** What a person types to look at a host over SSH. */
import type { SshHostConfig } from "./schema.ts";

/** Values are commands, except for set-up's output. They contain no key: SSH uses the user's own. */
export interface HostCommands {
  /** What the last set-up changed. */
  readonly setup: string;
  /** The daemon's release, as the last set-up found it. */
  readonly docker?: string;
  readonly ssh: string;
  readonly doctor: string;
}

/** `-J` separates hosts by commas and ports by colons, which an IPv6 address has too. */
const jumpHost = ({ address, port, user }: NonNullable<SshHostConfig["bastion"]>): string =>
  `${user}@${address.includes(":") ? `[${address}]` : address}${port === 22 ? "" : `:${port}`}`;

/**
 * @see https://man.openbsd.org/ssh.1
 *
 * @example
 * sshCommand({ address: "10.0.0.5", port: 22, user: "admin" }); // ssh admin@10.0.0.5
 */
export function sshCommand({
  address,
  port,
  user,
  bastion,
}: Pick<SshHostConfig, "address" | "port" | "user" | "bastion">): string {
  return [
    "ssh",
    ...(bastion ? [`-J ${jumpHost(bastion)}`] : []),
    ...(port === 22 ? [] : [`-p ${port}`]),
    `${user}@${address}`,
  ].join(" ");
}

/** @param output of the set-up; its last line is what it changed. */
export function hostCommands(host: SshHostConfig, output: string): HostCommands {
  const lines = output.trimEnd().split("\n");
  const docker = /^docker +(\S+)$/m.exec(output)?.[1];
  const ssh = sshCommand(host);
  return {
    setup: lines.at(-1) ?? "",
    ...(docker === undefined ? {} : { docker }),
    ssh,
    doctor: `${ssh} sudo buildx-doctor`,
  };
}
