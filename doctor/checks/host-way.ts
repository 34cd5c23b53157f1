/** The way to a host: name, port, host key, log-in, sudo. */

import { fingerprint, readHostKey } from "../../runner/fleets/ssh/keys.ts";
import { CannotCheck, type Check, type PlannedCheck, question } from "../check.ts";
import type { HostSession } from "../host-session.ts";
import { type Execution, SshFailure, STAGES, type Stage } from "../ssh.ts";

const TITLES: Readonly<Record<Stage, string>> = {
  resolves: "its name resolves",
  port: "its SSH port is open",
  "host-key": "its host key is the configured one",
  authentication: "the stack's key logs in",
};

/** One check for each stage; the stages after a failure are skipped. */
export function wayChecks(session: HostSession): PlannedCheck[] {
  const { subject } = session;
  return [
    {
      subject,
      id: "host.ssh",
      title: "SSH logs in",
      run: async () => {
        try {
          const { resolved } = await session.open();
          return STAGES.map((stage) => passed(session, stage, resolved));
        } catch (error) {
          if (error instanceof SshFailure) return stagesAnswer(session, error);
          if (error instanceof CannotCheck)
            return STAGES.map((stage) =>
              question(subject, `host.${stage}`, TITLES[stage]).skipped(
                error.message,
                error.remedy,
                error.because,
              ),
            );
          throw error;
        }
      },
    },
  ];
}

function passed({ subject, endpoint }: HostSession, stage: Stage, resolved: string): Check {
  const answers = question(subject, `host.${stage}`, TITLES[stage]);
  switch (stage) {
    case "resolves":
      return answers.ok(resolved === endpoint.address ? "an address" : resolved);
    case "port":
      return answers.ok(String(endpoint.port));
    case "host-key":
      return answers.ok(fingerprint(readHostKey(endpoint.hostKey).bytes));
    case "authentication":
      return answers.ok(`as ${endpoint.user}`);
  }
}

function stagesAnswer(session: HostSession, failure: SshFailure): Check[] {
  const at = STAGES.indexOf(failure.stage);
  return STAGES.map((stage, index) => {
    if (index < at) return passed(session, stage, "yes");
    if (index === at) return failed(session, failure);
    return question(session.subject, `host.${stage}`, TITLES[stage]).skipped(
      `host.${failure.stage} failed before it`,
      `correct what host.${failure.stage} reports`,
      session.check(failure.stage),
    );
  });
}

function failed({ subject, endpoint }: HostSession, failure: SshFailure): Check {
  const { stage, message, remedy, unknown } = failure;
  const answers = question(subject, `host.${stage}`, TITLES[stage]);
  switch (stage) {
    case "resolves":
      return answers.failed(
        `${endpoint.address} does not resolve (${message})`,
        "correct address in the stack, or DNS",
      );
    case "port":
      return answers.failed(
        `port ${endpoint.port} does not answer (${message})`,
        `check that the machine is on, that SSH runs there (systemctl status ssh), that no firewall blocks this computer, and that ${endpoint.port} is the right port`,
      );
    case "host-key":
      return answers.failed(...hostKeyFailure(endpoint, failure));
    case "authentication":
      return unknown
        ? answers.skipped(
            message,
            "make the stack's secrets readable (pulumi, its backend and PULUMI_CONFIG_PASSPHRASE), or start an SSH agent with the key",
          )
        : answers.failed(
            `${endpoint.user}: ${message}`,
            remedy ??
              `add the key's public half to ~${endpoint.user}/.ssh/authorized_keys on the machine, or correct user and privateKey in the stack`,
          );
  }
}

function hostKeyFailure(
  { address, port, hostKey }: HostSession["endpoint"],
  { message, shown, offered }: SshFailure,
): [found: string, remedy: string] {
  const { algorithm, bytes } = readHostKey(hostKey);
  if (shown !== undefined)
    return [
      `configured ${fingerprint(bytes)}, shown ${shown}`,
      "another machine may answer at this address. On the machine's own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; if it prints the shown fingerprint, put the content of the file into hostKey in the stack",
    ];
  if (offered !== undefined)
    return [
      `the configured key is ${algorithm}, the machine has ${offered.join(", ")}`,
      `set hostKey in the stack to the content of /etc/ssh/ssh_host_ed25519_key.pub on the machine, or of ssh_host_ecdsa_key.pub; compare with: ssh-keyscan -p ${port} -t ed25519,ecdsa ${address}`,
    ];
  return [message, `port ${port} may not be an SSH server's: correct port in the stack`];
}

/** @param outcome of `sudo -n true`. */
export function sudoAnswer(subject: string, user: string, { code, stderr }: Execution): Check {
  const answers = question(subject, "host.sudo", "sudo asks for no password");
  if (code === 0) return answers.ok(`${user} may`);
  if (code === 127)
    return answers.failed("sudo is not installed", "as root on the machine: apt-get install sudo");
  return answers.failed(
    stderr.trim().split("\n")[0] ?? `exit code ${code}`,
    `as root on the machine: echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/90-${user} && chmod 0440 /etc/sudoers.d/90-${user}`,
  );
}
