import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type RunOptions, run } from "../run.ts";
import type { Instance } from "./instance.ts";
import { identify, type ProcessIdentity } from "./process.ts";

/** One thing the lab put up on this computer, with all that is needed to take it down again. */
export type Entry =
  | {
      readonly kind: "process";
      readonly name: string;
      readonly process: ProcessIdentity;
      readonly grace: number;
    }
  | { readonly kind: "namespace"; readonly name: string }
  | { readonly kind: "link"; readonly name: string }
  | { readonly kind: "table"; readonly name: string }
  | { readonly kind: "openings"; readonly comment: string }
  | { readonly kind: "forwarding" }
  | { readonly kind: "cgroup"; readonly name: string }
  | { readonly kind: "sysctl" }
  | { readonly kind: "root"; readonly path: string };

export interface JournalItem {
  readonly entry: Entry;
  /** Forgets the entry, once it is undone. */
  forget(): void;
}

/**
 * Writes down a thing before it is put up, so that a later process can undo what this one left behind.
 *
 * One file each, named in the order of writing: several processes may write at once.
 */
export function record(instance: Instance, entry: Entry): JournalItem {
  const directory = journalDirectory(instance);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // The monotonic clock is the same for all processes, and there are no two readings of one process alike.
  const order = process.hrtime.bigint().toString().padStart(20, "0");
  const file = path.join(directory, `${order}-${process.pid}-${entry.kind}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(entry), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return itemOf(file, entry);
}

/**
 * Runs a program that must not go on when this process is killed: whoever cleans up ends it first.
 *
 * @param grace milliseconds it may take to end by itself.
 */
export async function runRecorded(
  instance: Instance,
  grace: number,
  command: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<void> {
  const items: JournalItem[] = [];
  const started = (pid: number) => {
    const identity = identify(pid);
    if (identity !== undefined)
      items.push(record(instance, { kind: "process", name: command, process: identity, grace }));
  };
  try {
    await run(command, argv, { ...options, started });
  } finally {
    for (const item of items) item.forget();
  }
}

/** What is up, the last one first: the order to undo it in. */
export function journal(instance: Instance): JournalItem[] {
  let names: string[];
  try {
    names = readdirSync(journalDirectory(instance));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .reverse()
    .map((name) => path.join(journalDirectory(instance), name))
    .map((file) => itemOf(file, JSON.parse(readFileSync(file, "utf8")) as Entry));
}

function itemOf(file: string, entry: Entry): JournalItem {
  return { entry, forget: () => rmSync(file, { force: true }) };
}

function journalDirectory(instance: Instance): string {
  return path.join(instance.runDirectory, "journal");
}
