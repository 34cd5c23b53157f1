import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { startCloud } from "../cloud/network.ts";
import { LabError } from "../errors.ts";
import { labDirectory, logDirectory } from "../paths.ts";
import type { Result } from "../run.ts";
import { initOf, rootOf, spawnMachine, supervisorOf } from "./boot.ts";
import { claim, takeDown } from "./claim.ts";
import { prepareRoot } from "./files.ts";
import { type Instance, instanceOf } from "./instance.ts";
import { record } from "./journal.ts";
import { createNetwork } from "./network.ts";
import { requirePlace } from "./placement.ts";
import { type BootWait, cutPower, powerOn, reboot, waitUntilOff, waitUntilReady } from "./power.ts";
import { ensureRootArchive } from "./root-file-system.ts";
import { administrator, type CommandOptions, execIn, privateKeyOf, sshInto } from "./shell.ts";
import { rememberSettings } from "./sysctl.ts";

export { cleanUp } from "./claim.ts";
export type { BootWait } from "./power.ts";
export type { CommandOptions } from "./shell.ts";

export interface MachineOptions {
  /** 0 to 200, default {@link ownInstance}; machines of different numbers share nothing and can be up at once. */
  readonly instance?: number;
  /** A tar archive to boot in place of the lab's own root file system; the account of {@link Machine.user} is in it. */
  readonly archive?: string;
  /** Answer on 169.254.169.254 as a cloud's metadata server would. Default false. */
  readonly metadataServer?: boolean;
  /** Changes the machine's files before its first boot, and its cloud, which answers by then. */
  readonly prepare?: (rootDirectory: string) => Promise<void>;
  /** Default `finished`. */
  readonly wait?: BootWait;
  /** Told each step as it begins. */
  readonly progress?: (step: string) => void;
}

export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

/** A Debian machine on this computer, up and reachable over SSH. */
export interface Machine {
  readonly instance: number;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** May use sudo without a password. */
  readonly user: string;
  /** `ssh-ed25519 AAAA…`, read from the machine's disk, not from the network. */
  readonly hostKey: string;
  /** All of its host keys, by type; {@link hostKey} is the ed25519 one. */
  readonly hostKeys: Readonly<Record<HostKeyType, string>>;
  readonly privateKeyPath: string;
  /** This computer's address on the link to the machine. */
  readonly bridgeAddress: string;
  readonly rootDirectory: string;
  readonly logPath: string;
  /** Runs a bash command as root, past SSH and the firewall. A failing command only returns its exit code. */
  exec(command: string, options?: CommandOptions): Promise<Result>;
  /** Runs a shell command as {@link user} over SSH. A failing command only returns its exit code. */
  ssh(command: string, options?: CommandOptions): Promise<Result>;
  /** Reboots, and returns when SSH answers again. */
  reboot(wait?: BootWait): Promise<void>;
  /** Ends it as a power cut does: nothing on it learns of that. */
  cutPower(): Promise<void>;
  /** Waits, for so many milliseconds at most, until it has powered itself off. */
  waitUntilOff(limit: number): Promise<void>;
  /** Boots it again after it went off. */
  powerOn(wait?: BootWait): Promise<void>;
  /** Leaves it up when this process ends. Without this it is taken down then, even after SIGKILL. */
  keep(): void;
  /** Powers off, and removes everything it was made of. */
  stop(): Promise<void>;
}

/**
 * Puts up a fresh machine. The first one ever takes half a minute, later ones a few seconds.
 *
 * @throws LabError when this is not root, the instance is in use, or the machine does not come up.
 */
export async function startMachine(options: MachineOptions = {}): Promise<Machine> {
  if (process.getuid?.() !== 0) throw new LabError("The lab's machine needs root: run this with sudo.");
  requirePlace(labDirectory);
  const instance = instanceOf(options.instance);
  const progress = options.progress ?? (() => {});
  const claimed = await claim(instance);
  try {
    mkdirSync(logDirectory, { recursive: true });
    progress("root file system");
    const archive =
      options.archive ?? (await ensureRootArchive(instance, path.join(logDirectory, "mmdebstrap.log")));
    progress("network");
    await createNetwork(instance);
    record(instance, { kind: "sysctl" });
    rememberSettings();
    if (options.metadataServer === true) await startCloud(instance);
    progress("files");
    record(instance, { kind: "root", path: rootOf(instance) });
    await prepareRoot(instance, archive);
    await options.prepare?.(rootOf(instance));
    progress("boot");
    record(instance, { kind: "cgroup", name: instance.name });
    writeFileSync(instance.logPath, "", { mode: 0o600 });
    spawnMachine(instance);
    await waitUntilReady(instance, options.wait ?? "finished");
    return { ...(await handleOf(instance)), keep: claimed.keep, stop: claimed.release };
  } catch (error) {
    await claimed.release();
    throw error;
  }
}

/**
 * The handle of a machine that another process started and keeps up.
 *
 * @throws LabError when it is not up.
 */
export async function attachMachine(number?: number): Promise<Machine> {
  const instance = instanceOf(number);
  if (initOf(instance) === undefined) {
    throw new LabError(`${instance.name} is not up; start it with \`npm start -- --keep\`.`);
  }
  return { ...(await handleOf(instance)), keep: () => {}, stop: () => takeDown(instance) };
}

/** Whether the machine with this number is up. */
export function isUp(number?: number): boolean {
  return supervisorOf(instanceOf(number)) !== undefined;
}

async function handleOf(instance: Instance): Promise<Omit<Machine, "keep" | "stop">> {
  const hostKeys = { ed25519: "", ecdsa: "", rsa: "" };
  for (const type of ["ed25519", "ecdsa", "rsa"] as const) {
    const text = await readFile(path.join(rootOf(instance), `etc/ssh/ssh_host_${type}_key.pub`), "utf8");
    hostKeys[type] = text.trim().split(" ").slice(0, 2).join(" ");
  }
  return {
    instance: instance.number,
    name: instance.name,
    address: instance.address,
    port: 22,
    user: administrator,
    hostKey: hostKeys.ed25519,
    hostKeys,
    privateKeyPath: privateKeyOf(instance),
    bridgeAddress: instance.bridgeAddress,
    rootDirectory: rootOf(instance),
    logPath: instance.logPath,
    exec: (command, options) => execIn(instance, command, options),
    ssh: (command, options) => sshInto(instance, command, options),
    reboot: (wait = "finished") => reboot(instance, wait),
    cutPower: () => cutPower(instance),
    waitUntilOff: (limit) => waitUntilOff(instance, limit),
    powerOn: (wait = "finished") => powerOn(instance, wait),
  };
}
