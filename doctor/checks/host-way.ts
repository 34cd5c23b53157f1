/** The way to a host: name, port, host key, log-in, sudo. */
import { CannotCheck, type Check, type PlannedCheck, question } from "../check.ts";
import type { HostSession } from "../host-session.ts";
import { type Execution, fingerprint, SshFailure, STAGES, type Stage } from "../ssh.ts";

const TITLES: Readonly<Record<Stage, string>> = {
  resolves: "its name resolves",
  port: "its SSH port is open",
  "host-key": "its host key is the configured one",
  authentication: "the stack's key logs in",
};

/** One question for each stage; those after a failure are not asked. */
export function wayChecks(subject: string, session: HostSession): PlannedCheck[] {
  return [
    {
      subject,
      id: "host.ssh",
      title: "it can be logged in to",
      run: async () => {
        try {
          const { resolved } = await session.open();
          return STAGES.map((stage) => passed(subject, session, stage, resolved));
        } catch (error) {
          if (error instanceof SshFailure) return stagesAnswer(subject, session, error);
          if (error instanceof CannotCheck)
            return STAGES.map((stage) =>
              question(subject, `host.${stage}`, TITLES[stage]).skipped(error.message, error.remedy),
            );
          throw error;
        }
      },
    },
  ];
}

function passed(subject: string, { endpoint }: HostSession, stage: Stage, resolved: string): Check {
  const answers = question(subject, `host.${stage}`, TITLES[stage]);
  switch (stage) {
    case "resolves":
      return answers.ok(resolved === endpoint.address ? "an address" : resolved);
    case "port":
      return answers.ok(String(endpoint.port));
    case "host-key":
      return answers.ok(fingerprint(endpoint.hostKey));
    case "authentication":
      return answers.ok(`as ${endpoint.user}`);
  }
}

function stagesAnswer(subject: string, session: HostSession, failure: SshFailure): Check[] {
  const at = STAGES.indexOf(failure.stage);
  return STAGES.map((stage, index) => {
    if (index < at) return passed(subject, session, stage, "yes");
    if (index === at) return failed(subject, session, failure);
    return question(subject, `host.${stage}`, TITLES[stage]).skipped(
      "it does not come that far",
      "mend what the check before it names",
    );
  });
}

function failed(
  subject: string,
  { endpoint }: HostSession,
  { stage, message, shown, unknown }: SshFailure,
): Check {
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
        `is the machine on, and SSH there (systemctl status ssh)? Does a firewall let this computer in? Is port ${endpoint.port} right?`,
      );
    case "host-key":
      return shown === undefined
        ? answers.failed(
            message,
            `what answers on port ${endpoint.port} may be no SSH server: correct port in the stack`,
          )
        : answers.failed(
            `configured ${fingerprint(endpoint.hostKey)}, shown ${shown}`,
            "somebody else may answer for it. On the machine's own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; if that is the one shown, put the content of the file into hostKey in the stack",
          );
    case "authentication":
      return unknown
        ? answers.skipped(message, "an engine that reads the stack's secrets, or an SSH agent with the key")
        : answers.failed(
            `${endpoint.user}: ${message}`,
            `add the key's public half to ~${endpoint.user}/.ssh/authorized_keys on the machine, or correct user and privateKey in the stack`,
          );
  }
}

/** @param outcome of `sudo -n true`. */
export function sudoAnswer(subject: string, user: string, { code, stderr }: Execution): Check {
  const answers = question(subject, "host.sudo", "sudo asks for no password");
  if (code === 0) return answers.ok(`${user} may`);
  if (code === 127) return answers.failed("there is no sudo", "as root on the machine: apt-get install sudo");
  return answers.failed(
    stderr.trim().split("\n")[0] ?? `exit code ${code}`,
    `as root on the machine: echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/90-${user} && chmod 0440 /etc/sudoers.d/90-${user}`,
  );
}
