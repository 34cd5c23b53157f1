import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { logDirectory, nodeBinary } from "../paths.ts";
import { run } from "../run.ts";
import type { Instance } from "./instance.ts";
import { record } from "./journal.ts";
import { identify } from "./process.ts";

/** Where clouds' metadata servers answer. */
export const metadataAddress = "169.254.169.254";
const gateway = "169.254.0.1";
const serverScript = path.join(import.meta.dirname, "metadata-server.ts");

/**
 * Gives the machine a metadata server behind a link of its own, so that requests leave the machine and pass its
 * firewall, while this computer's own way to such an address, should it be a cloud's VM, is left alone.
 */
export async function startMetadataServer(instance: Instance): Promise<void> {
  const cloud = `${instance.name}-cloud`;
  const ip = (...argv: string[]) => run("ip", argv, { purpose: "create the metadata server's network" });
  const inMachine = (...argv: string[]) => ip("-netns", instance.name, ...argv);
  const inCloud = (...argv: string[]) => ip("-netns", cloud, ...argv);
  record(instance, { kind: "namespace", name: cloud });
  await ip("netns", "add", cloud);
  await inMachine("link", "add", "cloud0", "type", "veth", "peer", "name", "eth0", "netns", cloud);
  await inMachine("address", "add", `${gateway}/32`, "dev", "cloud0");
  await inMachine("link", "set", "cloud0", "up");
  await inMachine("route", "add", `${metadataAddress}/32`, "dev", "cloud0", "src", gateway);
  await inCloud("link", "set", "lo", "up");
  await inCloud("address", "add", `${metadataAddress}/32`, "dev", "eth0");
  await inCloud("link", "set", "eth0", "up");
  await inCloud("route", "add", `${gateway}/32`, "dev", "eth0");
  await serve(instance, cloud);
}

async function serve(instance: Instance, cloud: string): Promise<void> {
  const logPath = path.join(logDirectory, `${cloud}.log`);
  const log = openSync(logPath, "w", 0o600);
  const argv = ["netns", "exec", cloud, nodeBinary, serverScript, metadataAddress];
  const child = spawn("ip", argv, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const server = child.pid === undefined ? undefined : identify(child.pid);
  if (server === undefined) throw new LabError(`The metadata server did not start; see ${logPath}`);
  record(instance, { kind: "process", name: "metadata server", process: server, grace: 2_000 });
  child.unref();
  for (let attempt = 0; attempt < 100; attempt++) {
    const probe = `exec 3<>/dev/tcp/${metadataAddress}/80`;
    const answer = await run("ip", ["netns", "exec", instance.name, "bash", "-c", probe], { tolerate: true });
    if (answer.exitCode === 0) return;
    await sleep(100);
  }
  throw new LabError(`The metadata server does not answer; see ${logPath}`);
}
