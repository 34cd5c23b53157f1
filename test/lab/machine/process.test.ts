import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import {
  descendants,
  endProcess,
  identify,
  isAlive,
  type ProcessIdentity,
  parseStat,
} from "../../../lab/machine/process.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** Runs a bash script that says "ready" when it is. */
async function start(script: string): Promise<ProcessIdentity> {
  const child = spawn("/bin/bash", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  started.push(child);
  await once(child.stdout, "data");
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error("the script ended at once");
  return identity;
}

test("a program's name may hold spaces and parentheses", () => {
  const fields = Array.from({ length: 48 }, (_, index) => String(index + 100));
  const line = `17 (tmux: (1) S 3) R 42 ${fields.join(" ")}`;
  expect(parseStat(line)).toEqual({ state: "R", parent: 42, startTime: 117 });
});

test("ends a process and what it started, though neither listens to the polite signal", async () => {
  const stubborn = "trap '' TERM; while :; do sleep 0.1; done";
  const parent = await start(`(${stubborn}) & echo ready; ${stubborn}`);
  const children = descendants(parent.pid).flatMap((pid) => identify(pid) ?? []);
  expect(children.length).toBeGreaterThan(0);
  await endProcess(parent, 200);
  expect([parent, ...children].filter(isAlive)).toEqual([]);
});

test("gives a process the time to end by itself", async () => {
  const polite = await start("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done");
  const begin = performance.now();
  await endProcess(polite, 10_000);
  expect(isAlive(polite)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(5_000);
});

test("leaves a process alone that only has the number of the one meant", async () => {
  const bystander = await start("echo ready; sleep 60");
  await endProcess({ ...bystander, startTime: bystander.startTime - 1 }, 100);
  await endProcess({ ...bystander, bootId: "another boot" }, 100);
  expect(isAlive(bystander)).toBe(true);
});
