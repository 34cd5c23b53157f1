/** `npm start [-- --yes --keep]` and `npm run lab -- status | shell | down`. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { execaSync } from "execa";
import { runCommandLine } from "../command-line.ts";
import { passed, runCommittedPipeline } from "./committed-pipeline.ts";
import { LabError } from "./errors.ts";
import { type Lab, startLab } from "./lab.ts";
import { attachMachine, cleanUp, isUp } from "./machine/index.ts";
import { instanceOf } from "./machine/instance.ts";
import { identify, isAlive, type ProcessIdentity } from "./machine/process.ts";
import { sshOptions } from "./machine/shell.ts";
import { type StepRunner, shownSteps } from "./progress.ts";
import { summary } from "./summary.ts";

/** Who keeps the lab up: GitLab's stand-in and the registries end with that process. */
const OWNER = `${instanceOf().runDirectory}-owner.json`;

/** Signals end the lab in order; a second one does not wait for that. */
function onInterrupt(): AbortController {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(130);
      process.stderr.write("\nending the lab…\n");
      interrupted.abort();
    });
  return interrupted;
}

/** Resolves with nothing once the signal is given, whatever the work is at. */
function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return Promise.race([
    work,
    new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    }),
  ]);
}

async function mainJob(lab: Lab, step: StepRunner, signal: AbortSignal): Promise<string> {
  const [engine, deployment] = await step("pulumi up: the stack of Pulumi.lab.yaml", async (say) => {
    const engine = await lab.engine({ signal, onOutput: say });
    return [engine, await engine.up()] as const;
  });
  const pipeline = (title: string) =>
    step(title, async (say) =>
      passed(await runCommittedPipeline(lab, { signal, onLine: (job, line) => say(`${job}: ${line}`) })),
    );
  const cold = await pipeline("the committed pipeline, cold");
  const warm = await pipeline("the same pipeline, warm");
  return summary(lab, { engine, deployment, cold, warm });
}

async function start(options: { yes: boolean; keep: boolean }): Promise<void> {
  const { signal } = onInterrupt();
  const started = performance.now();
  const starting = startLab({ assumeYes: options.yes, step: shownSteps });
  const lab = await orInterrupted(starting, signal);
  // What is half up ends with this process.
  if (!lab) process.exit(130);
  try {
    const text = await orInterrupted(mainJob(lab, shownSteps, signal), signal);
    if (text === undefined) {
      process.exitCode = 130;
      return;
    }
    console.log(text);
    console.log(`Done in ${Math.round((performance.now() - started) / 1000)} s.`);
    if (options.keep) await keepUp(signal);
  } finally {
    await lab.stop();
    rmSync(OWNER, { force: true });
  }
}

async function keepUp(signal: AbortSignal): Promise<void> {
  writeFileSync(OWNER, JSON.stringify(identify(process.pid)));
  console.log(
    "The lab stays up. `npm run lab -- status` and `npm run lab -- shell` look at it; Ctrl-C here, or `npm run lab -- down` elsewhere, ends it.",
  );
  const alive = setInterval(() => {}, 60_000);
  await orInterrupted(new Promise<never>(() => {}), signal);
  clearInterval(alive);
}

function owner(): ProcessIdentity | undefined {
  if (!existsSync(OWNER)) return undefined;
  const identity = JSON.parse(readFileSync(OWNER, "utf8")) as ProcessIdentity;
  return isAlive(identity) ? identity : undefined;
}

async function status(): Promise<void> {
  if (!isUp()) {
    console.log("The lab is down. `npm start -- --keep` puts it up and leaves it up.");
    return;
  }
  const machine = await attachMachine();
  console.log(`The host is up: ${machine.user}@${machine.address}`);
  const doctor = await machine.exec("buildx-doctor");
  console.log(doctor.stdout);
  process.exitCode = doctor.exitCode;
}

async function shell(command: string[]): Promise<void> {
  const machine = await attachMachine();
  const argv = [...sshOptions(instanceOf()), `${machine.user}@${machine.address}`, ...command];
  process.exitCode = execaSync("ssh", argv, { stdio: "inherit", reject: false }).exitCode ?? 255;
}

async function down(): Promise<void> {
  const holder = owner();
  if (holder) {
    process.kill(holder.pid, "SIGTERM");
    const deadline = Date.now() + 60_000;
    while (isAlive(holder) && Date.now() < deadline) await sleep(200);
  }
  await cleanUp();
  if (isUp()) throw new LabError("Another process is using the lab: end that one.");
  console.log("The lab is down.");
}

const program = new Command("lab").description(
  "The embedded lab: a host, a registry and GitLab on this computer.",
);
program.enablePositionalOptions();
program
  .command("start")
  .description("does the main job on a fresh lab")
  .option("--yes", "install missing Debian packages", false)
  .option("--keep", "leave the lab up afterwards", false)
  .action(start);
program.command("status").description("says whether the lab is up, and what doctor finds").action(status);
program
  .command("shell [command...]")
  .description("a shell on the host, or a command")
  .passThroughOptions()
  .action(shell);
program.command("down").description("ends the lab, and removes what a crashed one left").action(down);
await runCommandLine(program);
