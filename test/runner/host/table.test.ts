import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostFiles } from "../../../runner/host/files.ts";
import type { HostSettings } from "../../../runner/host/settings.ts";
import { HOST_SETTINGS, shellValues, withDefaults } from "../../../runner/host/table.ts";
import { exampleSettings } from "./settings.ts";

const DIRECTORY = new URL("../../../runner/host/", import.meta.url).pathname;
const sourceOf = (path: string): string => readFileSync(join(DIRECTORY, path), "utf8");
const SCRIPTS = readdirSync(DIRECTORY, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".sh"),
);

/** Settings whose settings.env has every name that there is. */
const MANAGER: HostSettings = exampleSettings({
  role: "manager",
  cloud: { provider: "google", shutdownSeconds: 30, healthCheck: true },
  autoscaler: {
    plugin: "none",
    project: "acme-ci",
    zone: "europe-west1-b",
    groups: { open: "open", protected: "protected" },
    maxInstances: 1,
    capacityPerInstance: 1,
    maxUseCount: 1,
    idle: [],
  },
});
const NAMES = [
  ...(hostFiles(MANAGER)
    .find(({ path }) => path.endsWith("/settings.env"))
    ?.content.matchAll(/^([A-Z0-9_]+)=/gm) ?? []),
].map(([, name = ""]) => name);

describe("the table of host settings", () => {
  it.each(Object.entries(HOST_SETTINGS))("says of %s who uses it", (key, { usedBy, ...row }) => {
    const names = row.shell ? Object.keys(shellValues(withDefaults({ gitlabRunner: "none" }))) : [];
    for (const path of usedBy) {
      const source = sourceOf(path);
      const used = path.endsWith(".ts") ? new RegExp(`\\b${key}\\b`).test(source) : true;
      expect([path, used]).toEqual([path, true]);
      if (row.shell && path.endsWith(".sh")) expect(names.some((name) => source.includes(name))).toBe(true);
    }
  });

  it("gives scripts no name that none of them reads", () => {
    const text = SCRIPTS.map(sourceOf).join("\n");
    // pinned.sh puts the name together from the binary's and the architecture's.
    const read = (name: string) =>
      text.includes(`$${name}`) || text.includes(`\${${name}`) || /_SHA256_/.test(name);
    expect(NAMES.length).toBeGreaterThan(20);
    expect(NAMES.filter((name) => !read(name))).toEqual([]);
  });

  it("has every name that scripts read and none of them sets", () => {
    const text = SCRIPTS.map((path) => sourceOf(path).replace(/^\s*#.*$/gm, "")).join("\n");
    const read = new Set([...text.matchAll(/\$\{?!?([A-Z][A-Z0-9_]+)\b/g)].map(([, name = ""]) => name));
    const set = new Set([...text.matchAll(/(?:^|[\s;(])([A-Z][A-Z0-9_]+)=/gm)].map(([, name = ""]) => name));
    const BASH = /^(BASH_.*|EUID|EPOCHSECONDS|SECONDS|PIPESTATUS|LINENO|HOME|USER|XDG_RUNTIME_DIR)$/;
    const BY_CALLER = /^(BUILDX_RUNNERS_.*|OS_RELEASE|LOW_SPACE_GB)$/;
    expect(
      [...read].filter(
        (name) => !NAMES.includes(name) && !set.has(name) && !BASH.test(name) && !BY_CALLER.test(name),
      ),
    ).toEqual([]);
  });
});
