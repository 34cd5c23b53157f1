/** The lab leaves nothing behind, however its process ends. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { instanceOf } from "../../lab/machine/instance.ts";
import { repositoryDirectory } from "../../lab/paths.ts";

const output = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: "utf8" });

/** What a lab adds to this computer. */
function traces(): string[] {
  const { name, table, bridgeAddress, runDirectory } = instanceOf();
  const lines = (text: string, pattern: RegExp): string[] =>
    text.split("\n").filter((line) => pattern.test(line));
  return [
    ...lines(output("ip", "netns", "list"), new RegExp(`^${name}( |$)`)),
    ...lines(output("ip", "-o", "address"), new RegExp(` ${bridgeAddress}/`)),
    ...lines(output("nft", "list", "tables"), new RegExp(` ${table}$`)),
    ...lines(readFileSync("/proc/mounts", "utf8"), new RegExp(`${runDirectory}/`)),
    ...lines(
      output("ps", "-axww", "-o", "args="),
      new RegExp(`--machine=${name} |docker-registry.*${bridgeAddress}[-:]`),
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
  onTestFinished(() => {
    lab.process.kill("SIGKILL");
  });
  await until(() => /pulumi up/.test(lab.said()) || ended(lab.process), 500, lab.said);
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
});
