/** A virtual machine with a cloud around it: the lab's metadata server and Secret Manager answer it. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { LabCa } from "../../lab/ca.ts";
import type { Cloud } from "../../lab/cloud/control.ts";
import { addresses, startCloud } from "../../lab/cloud/network.ts";
import type { CloudState, Patch } from "../../lab/cloud/state.ts";
import { claim } from "../../lab/machine/claim.ts";
import { type Instance, instanceOf } from "../../lab/machine/instance.ts";
import { record } from "../../lab/machine/journal.ts";
import { createNetwork } from "../../lab/machine/network.ts";
import { identify, isAlive, type ProcessIdentity } from "../../lab/machine/process.ts";
import { logDirectory } from "../../lab/paths.ts";
import { type Result, run } from "../../lab/run.ts";
import { BakeError } from "../error.ts";
import { accelerator, FIRMWARE_VARIABLES, qemuArguments } from "./qemu.ts";

const USER = "prober";
const MEMORY = 6144;
const CPUS = 2;

export interface VmOptions {
  /** Of the lab. */
  readonly instance: number;
  /** The image's disk, unpacked; it stays as it is. */
  readonly disk: string;
  /** Gigabytes of the machine's own disk, which begins as a copy of the image's. */
  readonly diskSize: number;
  /** Signs Secret Manager's certificate. */
  readonly ca: LabCa;
  /** What the cloud knows of the machine. */
  readonly state: Patch<CloudState>;
  /** Called when the machine's network is there, before it boots. */
  readonly prepare?: () => Promise<void>;
}

export interface VirtualMachine {
  readonly cloud: Cloud;
  /** Runs a bash command as root, over SSH. A failing command only returns its exit code. */
  root(command: string): Promise<Result>;
  /** What the serial port has said so far. */
  console(): string;
  /** Waits until a condition holds, told what it waits for. */
  until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

/** Boots it; returns at once, before its firmware has said a word. */
export async function startVm(options: VmOptions): Promise<VirtualMachine> {
  const instance = instanceOf(options.instance);
  const claimed = await claim(instance);
  try {
    mkdirSync(logDirectory, { recursive: true });
    await createNetwork(instance);
    const cloud = await startCloud(instance);
    const names = { hosts: ["secretmanager.googleapis.com"], ips: [addresses.googleServices] };
    await cloud.serveSecrets(await options.ca.issue("secretmanager", names));
    await cloud.patch(options.state);
    await cloud.patch({ attributes: { "ssh-keys": await createKey(instance) } });
    await options.prepare?.();
    const qemu = await spawnQemu(instance, options);
    return handleOf(instance, cloud, qemu, claimed.release);
  } catch (error) {
    await claimed.release();
    throw error;
  }
}

const keyOf = (instance: Instance): string => path.join(instance.runDirectory, "ssh", "id_ed25519");
const consoleOf = (instance: Instance): string => path.join(logDirectory, `${instance.name}-console.log`);

/** The value of the attribute `ssh-keys`. @see https://cloud.google.com/compute/docs/connect/add-ssh-keys */
async function createKey(instance: Instance): Promise<string> {
  const key = keyOf(instance);
  mkdirSync(path.dirname(key), { recursive: true, mode: 0o700 });
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", USER, "-f", key]);
  return `${USER}:${(await readFile(`${key}.pub`, "utf8")).trim()}`;
}

async function spawnQemu(instance: Instance, options: VmOptions): Promise<ProcessIdentity> {
  const disk = path.join(instance.runDirectory, "disk.qcow2");
  const variables = path.join(instance.runDirectory, "firmware-variables.fd");
  const base = path.resolve(options.disk);
  await run("qemu-img", [
    "create",
    "-q",
    "-f",
    "qcow2",
    "-F",
    "raw",
    "-b",
    base,
    disk,
    `${options.diskSize}G`,
  ]);
  await copyFile(FIRMWARE_VARIABLES, variables);
  await writeFile(consoleOf(instance), "");
  const shape = { memory: MEMORY, cpus: CPUS, disk, variables, console: consoleOf(instance) };
  const argv = qemuArguments({ ...shape, sshAddress: instance.address, sshPort: 22 }, accelerator());
  const log = openSync(instance.logPath, "w", 0o600);
  // In the machine's own network namespace its packets leave as the lab's machines' do, and meet the same cloud.
  const child = spawn("ip", ["netns", "exec", instance.name, "qemu-system-x86_64", ...argv], {
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new BakeError(`qemu did not start; see ${instance.logPath}`);
  record(instance, { kind: "process", name: "qemu", process: identity, grace: 5_000 });
  child.unref();
  return identity;
}

function handleOf(
  instance: Instance,
  cloud: Cloud,
  qemu: ProcessIdentity,
  release: () => Promise<void>,
): VirtualMachine {
  const console = () => readFileSync(consoleOf(instance), "utf8");
  return {
    cloud,
    root: (command) => ssh(instance, cloud, command),
    console,
    until: async (what, seconds, condition) => {
      const deadline = Date.now() + seconds * 1000;
      while (!(await condition())) {
        if (!isAlive(qemu))
          throw new BakeError(`The virtual machine stopped before ${what}; see ${instance.logPath}`);
        if (Date.now() > deadline)
          throw new BakeError(
            `The virtual machine's console, ${consoleOf(instance)}, ends with these lines; ${what} did not come within ${seconds} seconds:\n` +
              console().split("\n").slice(-15).join("\n"),
          );
        await sleep(500);
      }
    },
    stop: release,
  };
}

/** The host key is the one that the machine's agent tells its cloud. */
async function ssh(instance: Instance, cloud: Cloud, command: string): Promise<Result> {
  const known = path.join(path.dirname(keyOf(instance)), "known_hosts");
  if (!existsSync(known)) {
    const key = await cloud.guestAttribute("hostkeys", "ssh-ed25519");
    if (key === undefined)
      return { exitCode: 255, stdout: "", stderr: "the machine has not printed its host key yet" };
    await writeFile(known, `${instance.address} ssh-ed25519 ${key}\n`);
  }
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "20",
    IdentitiesOnly: "yes",
    IdentityFile: keyOf(instance),
    LogLevel: "ERROR",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: known,
  };
  const argv = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const result = await execa(
    "ssh",
    ["-F", "none", ...argv, `${USER}@${instance.address}`, "sudo -n bash -s"],
    {
      reject: false,
      input: command,
    },
  );
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode ?? 255 };
}
