import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isAlive, type ProcessIdentity } from "../../../lab/machine/process.ts";
import { nodeBinary } from "../../../lab/paths.ts";

const ownerScript = path.join(import.meta.dirname, "owner.ts");
let directory: string;
const started: ProcessIdentity[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "lab-"));
  vi.stubEnv("BUILDX_LAB_DIRECTORY", directory);
});
afterEach(async () => {
  for (const one of started.splice(0)) if (isAlive(one)) process.kill(one.pid, "SIGKILL");
  await rm(directory, { recursive: true, force: true });
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** Runs a process that claims a machine, and returns it with the process that belongs to the machine. */
async function startOwner(...argv: string[]): Promise<{ owner: ChildProcess; member: ProcessIdentity }> {
  const owner = spawn(nodeBinary, [ownerScript, ...argv], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(owner.stdout, "data")) as [Buffer];
  const member = JSON.parse(String(line)) as ProcessIdentity;
  started.push(member);
  return { owner, member };
}

/** The module under test, reading BUILDX_LAB_DIRECTORY anew. */
async function load() {
  const { claim, cleanUp, takeDown } = await import("../../../lab/machine/claim.ts");
  const { instanceOf } = await import("../../../lab/machine/instance.ts");
  return { claim, cleanUp, takeDown, instance: instanceOf(199) };
}

const swept = () => expect(existsSync(path.join(directory, "run/199"))).toBe(false);

test("what a killed owner had up is taken down, with nobody there to do it", async () => {
  const { owner, member } = await startOwner();
  owner.kill("SIGKILL");
  await vi.waitFor(() => expect(isAlive(member)).toBe(false), 10_000);
  await vi.waitFor(swept, 5_000);
});

test("a second owner is told who the first one is, and the first one's machine stays", async () => {
  const { owner, member } = await startOwner();
  const { claim, cleanUp, instance } = await load();
  await expect(claim(instance)).rejects.toThrow(`buildx-lab-199 is in use by process ${owner.pid}`);
  await cleanUp();
  expect(isAlive(member)).toBe(true);
  owner.kill("SIGKILL");
  await vi.waitFor(swept, 10_000);
});

test("what is kept outlives its owner and a clean-up, until it is taken down", async () => {
  const { owner, member } = await startOwner("keep");
  if (owner.exitCode === null) await once(owner, "exit");
  const { claim, cleanUp, takeDown, instance } = await load();
  await cleanUp();
  await expect(claim(instance)).rejects.toThrow("is up already");
  expect(isAlive(member)).toBe(true);
  await takeDown(instance);
  expect(isAlive(member)).toBe(false);
  swept();
});
