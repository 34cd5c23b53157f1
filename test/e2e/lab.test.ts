/** The lab leaves nothing behind, however its process ends. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { labDirectory, repositoryDirectory } from "../../lab/paths.ts";

const output = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: "utf8" });

/** What a lab adds to this computer. */
function traces(): string[] {
  const run = join(labDirectory, "run/0");
  return [
    ...output("ip", "netns", "list")
      .split("\n")
      .filter((line) => /buildx-lab-0\b/.test(line)),
    ...output("ip", "-o", "link")
      .split("\n")
      .filter((line) => line.includes("10.77.0.")),
    ...output("nft", "list", "tables")
      .split("\n")
      .filter((line) => /buildx[-_]lab[-_]0\b/.test(line)),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(run)),
    ...output("ps", "-axww", "-o", "args=")
      .split("\n")
      .filter(
        (line) =>
          line.includes("buildx-lab-0") || (line.includes("docker-registry") && line.includes("10.77.0.1")),
      ),
  ];
}

function start(): { process: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ["lab/cli.ts", "start", "--yes"], { cwd: repositoryDirectory });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (text += data.toString()));
  return { process: child, said: () => text };
}

async function until(condition: () => boolean, seconds: number, what: () => string): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it did not happen within ${seconds} s: ${what()}`);
    await sleep(200);
  }
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("ends without a trace at %s", async (signal) => {
  expect(traces()).toEqual([]);
  const lab = start();
  await until(() => /pulumi up/.test(lab.said()), 500, lab.said);
  // In the middle of the host's set-up.
  await sleep(4000);
  expect(traces().length).toBeGreaterThan(3);
  lab.process.kill(signal);
  await until(() => ended(lab.process), 60, lab.said);
  await until(
    () => traces().length === 0,
    60,
    () => traces().join("\n"),
  );
  if (signal !== "SIGKILL") expect(lab.process.exitCode).toBe(130);
  expect(existsSync(join(labDirectory, "run/0/journal"))).toBe(false);
});
