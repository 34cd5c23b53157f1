import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { initOf, spawnMachine, supervisorOf, waitForInit } from "./boot.ts";
import type { Instance } from "./instance.ts";
import type { ProcessIdentity } from "./process.ts";
import { execIn, sshInto } from "./shell.ts";

/**
 * What to wait for when a machine boots: `finished`, all that its units start; `login`, that its administrator is let
 * in, while units may still be at work.
 */
export type BootWait = "finished" | "login";

/** Reboots in an orderly way, and waits. */
export async function reboot(instance: Instance, wait: BootWait): Promise<void> {
  const before = initOf(instance);
  if (before === undefined) throw new LabError(`${instance.name} is not up`);
  await execIn(instance, "systemctl --no-block reboot");
  await waitUntilReady(instance, wait, before);
}

/**
 * Ends everything on the machine at once, without a word to any of it. Its files keep every write up to then: what a
 * disk loses of the last seconds is not shown.
 */
export async function cutPower(instance: Instance): Promise<void> {
  const init = initOf(instance);
  if (init === undefined) throw new LabError(`${instance.name} is not up`);
  process.kill(init.pid, "SIGKILL");
  await waitUntilOff(instance, 30_000);
}

/**
 * Waits until the machine has powered off.
 *
 * @param limit milliseconds.
 * @throws LabError when it is still up then.
 */
export async function waitUntilOff(instance: Instance, limit: number): Promise<void> {
  const deadline = Date.now() + limit;
  while (supervisorOf(instance) !== undefined) {
    if (Date.now() > deadline) throw new LabError(`${instance.name} is still up; see ${instance.logPath}`);
    await sleep(50);
  }
}

/** Boots a machine that is off, from the disk it has. */
export async function powerOn(instance: Instance, wait: BootWait): Promise<void> {
  if (supervisorOf(instance) !== undefined) throw new LabError(`${instance.name} is up`);
  // The namespace outlives the machine; a real one's firewall is gone.
  await run("ip", ["netns", "exec", instance.name, "nft", "flush", "ruleset"]);
  spawnMachine(instance);
  await waitUntilReady(instance, wait);
}

/** Waits until systemd has started what is waited for, and sshd lets the administrator in. */
export async function waitUntilReady(
  instance: Instance,
  wait: BootWait,
  before?: ProcessIdentity,
): Promise<void> {
  await waitForInit(instance, before);
  const enough = wait === "finished" ? ["running", "degraded"] : ["running", "degraded", "starting"];
  const deadline = Date.now() + 90_000;
  let state = "";
  while (Date.now() < deadline && supervisorOf(instance) !== undefined) {
    const answer = await execIn(instance, "systemctl is-system-running", { timeout: 5_000 });
    state = answer.stdout.trim();
    if (enough.includes(state)) {
      const login = await sshInto(instance, "true", { timeout: 10_000 });
      if (login.exitCode === 0) return;
      state = `${state}, but SSH says: ${login.stderr.trim()}`;
    }
    await sleep(100);
  }
  throw new LabError(
    `${instance.name} is not ready (systemd: ${state || "no answer"}); see ${instance.logPath}`,
  );
}
