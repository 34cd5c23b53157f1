/** A real engine for the slow tests, where there is one, and the lab's providers as its plugins. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labPlugins } from "../../lab/engine/index.ts";
import type { Lab } from "../../lab/lab.ts";
import { nodeBinary } from "../../lab/paths.ts";

/** Where the real engine is; undefined on a computer without. */
export function findPulumi(): string | undefined {
  try {
    return execFileSync("sh", ["-c", "command -v pulumi"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** Where the lab's GitLab is, and whose certificate it has: what its provider is configured with. */
export const addressesOf = (lab: Lab) => ({
  "gitlab:baseUrl": lab.gitlab.apiUrl,
  "gitlab:cacertFile": lab.ca.caPath,
});

/** Puts the lab's providers into a directory for PATH, under the names by which `pulumi` looks for them. */
export function writePlugins(directory: string, lab: Lab): void {
  mkdirSync(directory, { recursive: true });
  const settings = { ...addressesOf(lab), "gitlab:token": lab.token };
  for (const [name, program] of Object.entries(labPlugins)) {
    const path = join(directory, `pulumi-resource-${name}`);
    // The SDK's server for providers ignores the configuration that the engine sends.
    const configuration = name === "gitlab" ? JSON.stringify(settings) : "{}";
    const lines = ["#!/bin/sh", `export PULUMI_CONFIG='${configuration}'`];
    writeFileSync(path, [...lines, `exec '${nodeBinary}' '${program}' "$@"`, ""].join("\n"));
    chmodSync(path, 0o700);
  }
}
