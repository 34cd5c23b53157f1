import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import type { Instance } from "./instance.ts";
import { journal, record } from "./journal.ts";
import { descendants, identify, isAlive, type ProcessIdentity } from "./process.ts";

const superviseScript = path.join(import.meta.dirname, "supervise.sh");

/** Where the machine's files are. */
export function rootOf(instance: Instance): string {
  return path.join(instance.runDirectory, "root");
}

/** Where the machine's device nodes are, besides those that systemd-nspawn makes. */
export function devicesOf(instance: Instance): string {
  return path.join(instance.runDirectory, "dev");
}

/** The systemd-nspawn command line; why each argument is needed, DESIGN 8 says. */
export function nspawnArguments(instance: Instance): string[] {
  const devices = devicesOf(instance);
  return [
    "systemd-nspawn",
    "--quiet",
    "--boot",
    `--machine=${instance.name}`,
    `--directory=${rootOf(instance)}`,
    `--network-namespace-path=/run/netns/${instance.name}`,
    "--register=no",
    "--keep-unit",
    "--console=read-only",
    "--capability=all",
    "--system-call-filter=@keyring bpf",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    `--bind=${devices}/tun:/dev/net/tun`,
    `--bind=${devices}/fuse:/dev/fuse`,
  ];
}

/** Starts the machine, apart from this process: it outlives it, and Ctrl-C does not reach it. */
export function spawnMachine(instance: Instance): void {
  mkdirSync(path.dirname(instance.logPath), { recursive: true });
  const log = openSync(instance.logPath, "a", 0o600);
  const child = spawn(superviseScript, [instance.name, ...nspawnArguments(instance)], {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1", SYSTEMD_NSPAWN_API_VFS_WRITABLE: "yes" },
  });
  closeSync(log);
  const supervisor = child.pid === undefined ? undefined : identify(child.pid);
  if (supervisor === undefined) throw new LabError(`The machine did not start; see ${instance.logPath}`);
  // A machine with nothing to wait for powers off in a second or two; containers take longer.
  record(instance, { kind: "process", name: "machine", process: supervisor, grace: 45_000 });
  child.unref();
}

/** The supervisor of the machine that is up; undefined when none is. */
export function supervisorOf(instance: Instance): ProcessIdentity | undefined {
  for (const { entry } of journal(instance)) {
    if (entry.kind === "process" && entry.name === "machine" && isAlive(entry.process)) return entry.process;
  }
  return undefined;
}

/** The machine's first process, as this computer numbers it; undefined while there is none. */
export function initOf(instance: Instance): ProcessIdentity | undefined {
  const supervisor = supervisorOf(instance);
  if (supervisor === undefined) return undefined;
  const init = descendants(supervisor.pid).find(isInit);
  return init === undefined ? undefined : identify(init);
}

/**
 * Waits for the machine's first process; after a reboot that is another one than before.
 *
 * @throws LabError when the machine ends or a minute passes.
 */
export async function waitForInit(instance: Instance, before?: ProcessIdentity): Promise<ProcessIdentity> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && supervisorOf(instance) !== undefined) {
    const init = initOf(instance);
    if (init !== undefined && (before === undefined || !same(init, before))) return init;
    await sleep(50);
  }
  throw new LabError(`The machine did not boot; its console is in ${instance.logPath}`);
}

function same(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startTime === other.startTime;
}

function isInit(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    // Number 1 in the machine's own process namespace, one level below this computer's.
    return /^NSpid:\t\d+\t1$/m.test(status) && /^Name:\tsystemd$/m.test(status);
  } catch {
    return false;
  }
}
