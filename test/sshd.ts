/** OpenSSH's own server on the loopback interface, and keys from its own ssh-keygen. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "../lab/free-port.ts";

export const SSHD = "/usr/sbin/sshd";
export const hasSshd = existsSync(SSHD);

export type KeyType = "ed25519" | "ecdsa" | "rsa";

export interface KeyPair {
  readonly private: string;
  /** As a stack's `hostKey` has it. */
  readonly public: string;
}

/** @param options further ones of ssh-keygen: `-m PEM`, `-N passphrase`, `-b 384`. */
export function newKey(type: KeyType = "ed25519", ...options: string[]): KeyPair {
  const directory = mkdtempSync(join(tmpdir(), "buildx-runners-key-"));
  const file = join(directory, "key");
  try {
    const passphrase = options.includes("-N") ? [] : ["-N", ""];
    const bits = type === "rsa" ? ["-b", "2048"] : [];
    execFileSync("ssh-keygen", ["-q", "-t", type, ...bits, ...passphrase, ...options, "-f", file]);
    const publicKey = readFileSync(`${file}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
    return { private: readFileSync(file, "utf8"), public: publicKey.trim() };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export interface Sshd {
  readonly port: number;
  /** Who is let in: this process's own user, with one of the keys. */
  readonly user: string;
  readonly hostKeys: Readonly<Record<KeyType, string>>;
  /** What it has logged; `Starting session` for every command. */
  log(): string;
  /** Ends it, its connections too. */
  stop(): Promise<void>;
}

/** @param authorized public keys. */
export async function startSshd(authorized: readonly string[]): Promise<Sshd> {
  const directory = mkdtempSync(join(tmpdir(), "buildx-runners-sshd-"));
  const hostKeys = { rsa: newKey("rsa"), ecdsa: newKey("ecdsa"), ed25519: newKey("ed25519") };
  const files = Object.entries(hostKeys).map(([type, key]) => {
    const file = join(directory, type);
    writeFileSync(file, key.private, { mode: 0o600 });
    return `HostKey ${file}`;
  });
  const port = await freePort();
  const [keys, configuration] = [join(directory, "authorized_keys"), join(directory, "sshd_config")];
  writeFileSync(keys, `${authorized.join("\n")}\n`);
  writeFileSync(
    configuration,
    [
      `ListenAddress 127.0.0.1:${port}`,
      ...files,
      `AuthorizedKeysFile ${keys}`,
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin yes",
      "PidFile none",
      "LogLevel VERBOSE",
      "MaxStartups 100",
      // Keeps bash from reading the person's .bashrc.
      "SetEnv SHLVL=1",
      "",
    ].join("\n"),
  );
  // Of root it wants a directory that Debian makes at boot.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const server = spawn(SSHD, ["-D", "-e", "-f", configuration], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.on("data", (text: Buffer) => {
    log += text.toString();
  });
  await waitFor(
    server,
    () => log.includes("Server listening"),
    () => log,
  );
  const publicKeys = {
    ed25519: hostKeys.ed25519.public,
    ecdsa: hostKeys.ecdsa.public,
    rsa: hostKeys.rsa.public,
  };
  return {
    port,
    user: userInfo().username,
    hostKeys: publicKeys,
    log: () => log,
    stop: async () => {
      const ended = new Promise((done) => server.once("close", done));
      server.kill();
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

/** An agent of the test's own with these keys; ends with the test. @returns its socket. */
export function startAgent(...keys: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "buildx-runners-agent-"));
  const socket = join(directory, "socket");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  onTestFinished(() => {
    agent.kill();
    rmSync(directory, { recursive: true });
  });
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  // ssh-add -l: 2 as long as the agent does not answer.
  execFileSync("sh", ["-c", "until ssh-add -l || [ $? = 1 ]; do sleep 0.05; done"], { env, stdio: "ignore" });
  for (const key of keys) execFileSync("ssh-add", ["-q", "-"], { env, input: key, stdio: "pipe" });
  return socket;
}

function waitFor(server: ChildProcess, isReady: () => boolean, log: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.stderr?.on("data", () => isReady() && resolve());
    server.once("close", () => reject(new Error(`sshd ended: ${log()}`)));
  });
}
