import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { closeFirewall } from "./firewall.ts";
import type { Instance } from "./instance.ts";
import { type Entry, journal } from "./journal.ts";
import { restoreForwarding } from "./network.ts";
import { keepPackages } from "./package-cache.ts";
import { endProcess } from "./process.ts";
import { restoreSettings } from "./sysctl.ts";

/**
 * Takes down all that the instance's journal names, the last thing first, and forgets it.
 *
 * Safe to repeat, and safe after a crash or this computer's reboot: what is gone already is no error.
 *
 * @throws LabError naming what could not be taken down; the rest is down, and the next call tries again.
 */
export async function undoAll(instance: Instance): Promise<void> {
  const faults: string[] = [];
  for (const item of journal(instance)) {
    try {
      await undo(instance, item.entry);
      item.forget();
    } catch (error) {
      faults.push(`${item.entry.kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (faults.length > 0) {
    throw new LabError(`Could not take down everything of ${instance.name}:\n${faults.join("\n")}`);
  }
  await removeTree(instance.runDirectory);
}

async function undo(instance: Instance, entry: Entry): Promise<void> {
  switch (entry.kind) {
    case "process":
      return endProcess(entry.process, entry.grace);
    case "root":
      await keepPackages(entry.path);
      return removeTree(entry.path);
    case "cgroup":
      return removeCgroup(entry.name);
    case "sysctl":
      return restoreSettings(otherNamespaces(instance));
    case "table":
      await run("nft", ["delete", "table", "ip", entry.name], { tolerate: true });
      return;
    case "openings":
      return closeFirewall(entry.comment);
    case "link":
      await run("ip", ["link", "delete", entry.name], { tolerate: true });
      return;
    case "namespace":
      return removeNamespace(entry.name);
    case "forwarding":
      return restoreForwarding(otherNamespaces(instance));
    default:
      throw new LabError(`unknown journal entry ${JSON.stringify(entry satisfies never)}`);
  }
}

async function removeNamespace(name: string): Promise<void> {
  if (!existsSync(`/run/netns/${name}`)) return;
  const { stdout } = await run("ip", ["netns", "pids", name], { tolerate: true });
  // The namespace is the lab's own, so whatever still runs in it is, too.
  for (const pid of stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(Number))
    killNow(pid);
  await run("ip", ["netns", "delete", name]);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function otherNamespaces(instance: Instance): boolean {
  if (!existsSync("/run/netns")) return false;
  const machine = /^buildx-lab(-\d+)?$/;
  return readdirSync("/run/netns").some((name) => machine.test(name) && name !== instance.name);
}

async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"]) {
    const directory = path.join(hierarchy, name);
    // The kernel needs a moment to let go of processes that were killed.
    for (let attempt = 0; existsSync(directory) && attempt < 50; attempt++) {
      removeEmptyGroups(directory);
      if (existsSync(directory)) await sleep(100);
    }
    if (existsSync(directory)) throw new LabError(`${directory} still holds processes`);
  }
}

function removeEmptyGroups(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyGroups(path.join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch {
    // Busy; the caller looks again.
  }
}

/** Removes a directory; refuses while anything is mounted in it, since that may be someone's data. */
async function removeTree(directory: string): Promise<void> {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point === directory || point.startsWith(`${directory}/`));
  if (mounts.length > 0) throw new LabError(`still mounted: ${mounts.join(", ")}`);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
