/** What benchmarks run on the lab's host, beside its pipelines. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabError } from "../lab/errors.ts";
import type { Lab } from "../lab/lab.ts";

/** Directory on the host. */
export const SOURCES = "/root/bench";

export async function onHost(lab: Lab, command: string, input = ""): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.machine.exec(`set -euo pipefail\n${command}`, { input });
  if (exitCode !== 0) throw new LabError(`On the lab's host, ${exitCode}: ${command}\n${stderr}\n${stdout}`);
  return stdout;
}

/** The environment in which `docker` means a level's daemon, logged in to the registry. */
export const docker = (level: "open" | "protected"): string =>
  `export DOCKER_HOST=unix:///var/lib/buildx/${level}/docker.sock DOCKER_CONFIG=${SOURCES}/config`;

export function putFiles(lab: Lab, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(lab.machine.rootDirectory, SOURCES, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

export async function logIn(lab: Lab): Promise<void> {
  const { user, password = "", address } = lab.registry;
  await onHost(
    lab,
    `${docker("open")}; docker login --username ${user} --password-stdin ${address}`,
    password,
  );
}

/** Seconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
