import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { labDirectory, nodeBinary } from "../paths.ts";
import { type Instance, instanceOf } from "./instance.ts";
import { identify, isAlive, type ProcessIdentity } from "./process.ts";
import { undoAll } from "./undo.ts";

/** The right to put an instance up, held by one process at a time. */
export interface Claim {
  /** Leaves the instance up when this process ends, whichever way it ends. */
  keep(): void;
  /** Takes everything down and gives the claim back. */
  release(): Promise<void>;
}

interface Owner {
  readonly process: ProcessIdentity;
  /** The helper process that takes everything down when the owner dies; absent once the instance is kept. */
  readonly reaper?: ProcessIdentity;
}

const reaperScript = path.join(import.meta.dirname, "reaper.ts");
/** Longer than taking down a machine that does not power off by itself. */
const reaperLimit = 120_000;

/**
 * Claims an instance, after taking down what a crashed owner left of it.
 *
 * A helper process watches this one: should it end without {@link Claim.keep} or {@link Claim.release}, by Ctrl-C,
 * a crash or SIGKILL, the helper takes everything down.
 *
 * @throws LabError naming the owner when the instance is up or being put up.
 */
export async function claim(instance: Instance): Promise<Claim> {
  const owner = readOwner(instance);
  if (owner !== undefined && owner.reaper === undefined) {
    throw new LabError(`${instance.name} is up already; end it first with \`npm run lab -- down\`.`);
  }
  await takeDown(instance);
  if (existsSync(`/run/netns/${instance.name}`)) {
    throw new LabError(
      `The network namespace ${instance.name} exists, but not by this checkout (${labDirectory}). ` +
        "Another checkout's lab is up: end it there with `npm run lab -- down`.",
    );
  }
  return hold(instance);
}

/**
 * Takes down an instance that was kept up, or that a crashed process left.
 *
 * @throws LabError naming the process that is using it.
 */
export async function takeDown(instance: Instance): Promise<void> {
  refuseWhileOwned(instance);
  await waitForReaper(instance);
  await undoAll(instance);
}

/** Takes down what crashed processes of this checkout left; what is in use, or kept on purpose, stays. */
export async function cleanUp(): Promise<void> {
  for (const instance of instancesLeft()) {
    const owner = readOwner(instance);
    const kept = owner !== undefined && owner.reaper === undefined;
    if (!kept && !(owner !== undefined && isAlive(owner.process))) await takeDown(instance);
  }
}

function instancesLeft(): Instance[] {
  const directory = path.join(labDirectory, "run");
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.filter((name) => /^\d+$/.test(name)).map((name) => instanceOf(Number(name)));
}

function hold(instance: Instance): Claim {
  mkdirSync(instance.runDirectory, { recursive: true, mode: 0o700 });
  const self = identify(process.pid);
  if (self === undefined) throw new LabError("This process is not to be found in /proc");
  try {
    writeOwner(instance, { process: self, reaper: self }, "wx");
  } catch (error) {
    refuseWhileOwned(instance);
    throw error;
  }
  const { reaper, finish } = startReaper(instance);
  writeOwner(instance, { process: self, reaper }, "w");
  return {
    keep: () => {
      writeOwner(instance, { process: self }, "w");
      finish();
    },
    release: async () => {
      await undoAll(instance);
      finish();
    },
  };
}

function refuseWhileOwned(instance: Instance): void {
  const owner = readOwner(instance);
  if (owner?.reaper === undefined || owner.process.pid === process.pid || !isAlive(owner.process)) return;
  const { pid } = owner.process;
  throw new LabError(
    `${instance.name} is in use by process ${pid}; wait for it, or end it with \`kill ${pid}\`.`,
  );
}

async function waitForReaper(instance: Instance): Promise<void> {
  const reaper = readOwner(instance)?.reaper;
  const deadline = Date.now() + reaperLimit;
  while (reaper !== undefined && reaper.pid !== process.pid && isAlive(reaper) && Date.now() < deadline) {
    await sleep(100);
  }
}

function ownerPath(instance: Instance): string {
  return path.join(instance.runDirectory, "owner.json");
}

function readOwner(instance: Instance): Owner | undefined {
  const file = ownerPath(instance);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Owner) : undefined;
}

function writeOwner(instance: Instance, owner: Owner, flag: "w" | "wx"): void {
  writeFileSync(ownerPath(instance), JSON.stringify(owner), { flag, mode: 0o600 });
}

/** Starts the helper; it acts when this end of its standard input closes before "done" was said. */
function startReaper(instance: Instance): { reaper: ProcessIdentity; finish: () => void } {
  const child = spawn(nodeBinary, [reaperScript, String(instance.number)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const { stdin, pid } = child;
  const reaper = pid === undefined ? undefined : identify(pid);
  if (reaper === undefined) throw new LabError(`Could not start ${reaperScript}`);
  child.unref();
  stdin.on("error", () => {});
  // A pipe to a child is a socket; it must not keep this process from ending.
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return { reaper, finish: () => void stdin.end("done") };
}
