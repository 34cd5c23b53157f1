import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import type { Instance } from "../machine/instance.ts";
import { record } from "../machine/journal.ts";
import { identify } from "../machine/process.ts";
import { logDirectory, nodeBinary } from "../paths.ts";
import { run } from "../run.ts";
import { Cloud, controlSocketOf } from "./control.ts";

/** The cloud's addresses as a machine meets them. */
export const addresses = {
  metadata: "169.254.169.254",
  /**
   * Google's services, for machines without an external address.
   * @see https://cloud.google.com/vpc/docs/configure-private-google-access
   */
  googleServices: "199.36.153.8",
  /**
   * One of each range that health checks come from.
   * @see https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
   */
  healthChecks: ["35.191.0.1", "130.211.0.1"],
  /** Somebody else's machine in the same cloud. */
  stranger: "34.64.0.1",
} as const;

/** The machine's own address on the link to its cloud. */
const gateway = "169.254.0.1";
const serverScript = path.join(import.meta.dirname, "main.ts");

/**
 * Gives the machine a cloud behind a link of its own, so that requests leave the machine and pass its firewall, while
 * this computer's own way to such addresses, should it be a cloud's VM, is left alone.
 */
export async function startCloud(instance: Instance): Promise<Cloud> {
  const cloud = `${instance.name}-cloud`;
  const ip = (...argv: string[]) => run("ip", argv, { purpose: "create the cloud's network" });
  const inMachine = (...argv: string[]) => ip("-netns", instance.name, ...argv);
  const inCloud = (...argv: string[]) => ip("-netns", cloud, ...argv);
  const { metadata, googleServices, healthChecks, stranger } = addresses;
  record(instance, { kind: "namespace", name: cloud });
  await ip("netns", "add", cloud);
  await inMachine("link", "add", "cloud0", "type", "veth", "peer", "name", "eth0", "netns", cloud);
  await inMachine("address", "add", `${gateway}/32`, "dev", "cloud0");
  await inMachine("link", "set", "cloud0", "up");
  await inCloud("link", "set", "lo", "up");
  await inCloud("link", "set", "eth0", "up");
  for (const address of [metadata, googleServices, ...healthChecks, stranger]) {
    await inCloud("address", "add", `${address}/32`, "dev", "eth0");
    await inMachine("route", "add", `${address}/32`, "dev", "cloud0", "src", gateway);
  }
  for (const address of [gateway, instance.address])
    await inCloud("route", "add", `${address}/32`, "dev", "eth0");
  return serve(instance, cloud);
}

async function serve(instance: Instance, cloud: string): Promise<Cloud> {
  const logPath = path.join(logDirectory, `${cloud}.log`);
  const log = openSync(logPath, "w", 0o600);
  const socketPath = controlSocketOf(instance);
  const server = [
    nodeBinary,
    serverScript,
    socketPath,
    instance.name,
    addresses.metadata,
    addresses.googleServices,
  ];
  const child = spawn("ip", ["netns", "exec", cloud, ...server], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new LabError(`The lab's cloud did not start; see ${logPath}`);
  record(instance, { kind: "process", name: "cloud", process: identity, grace: 2_000 });
  child.unref();
  for (let attempt = 0; attempt < 100; attempt++) {
    const knock = `exec 3<>/dev/tcp/${addresses.metadata}/80`;
    const answer = await run("ip", ["netns", "exec", instance.name, "bash", "-c", knock], { tolerate: true });
    if (answer.exitCode === 0) return new Cloud(socketPath);
    await sleep(100);
  }
  throw new LabError(`The lab's metadata server does not answer; see ${logPath}`);
}
