import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * One process, told apart from a later one that got the same number.
 *
 * The start time counts from this computer's boot, hence the boot's id beside it.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat. */
  readonly startTime: number;
  readonly bootId: string;
}

/** The fields of a /proc/PID/stat line that the lab reads. */
export interface ProcessStat {
  /** One letter; `Z` has ended and waits for its parent. */
  readonly state: string;
  readonly parent: number;
  readonly startTime: number;
}

/** Parses a /proc/PID/stat line; the program's name in it may hold spaces and parentheses. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", parent: Number(fields[1]), startTime: Number(fields[19]) };
}

/** Who this process number is now; undefined when it has ended. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime, bootId: bootId() };
}

/** Whether that very process still runs. */
export function isAlive(process: ProcessIdentity): boolean {
  return process.bootId === bootId() && statOf(process.pid)?.startTime === process.startTime;
}

/** The process numbers of all children, grandchildren and so on. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const other of allProcesses()) {
    const parent = statOf(other)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), other]);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

/**
 * Ends a process, politely first, then it and all that it started by force.
 *
 * A process that has ended already, or whose number belongs to another one now, is left alone.
 *
 * @param grace how long the polite signal may take, in milliseconds.
 */
export async function endProcess(process: ProcessIdentity, grace: number): Promise<void> {
  if (!isAlive(process)) return;
  const family = descendants(process.pid).flatMap((pid) => identify(pid) ?? []);
  signal(process, "SIGTERM");
  await waitUntilGone([process], grace);
  for (const member of [process, ...family]) signal(member, "SIGKILL");
  await waitUntilGone([process, ...family], 10_000);
}

function signal(target: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function waitUntilGone(processes: readonly ProcessIdentity[], limit: number): Promise<void> {
  const deadline = Date.now() + limit;
  while (Date.now() < deadline && processes.some(isAlive)) await sleep(50);
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return stat.state === "Z" ? undefined : stat;
  } catch {
    return undefined;
  }
}

function allProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
