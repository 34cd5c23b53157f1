import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pathsFor, projectScripts, SHELLS, shellcheckFiles } from "./tools/shellcheck.ts";

const scripts = projectScripts();
const root = fileURLToPath(new URL("..", import.meta.url));

// One start for all: most of a start's time is the start.
describe.each(SHELLS)("the scripts for %s", (shell) => {
  const paths = pathsFor(shell, scripts);

  it("are found", () => {
    expect(paths.length).toBeGreaterThan(20);
  });

  it("are clean under shellcheck", () => {
    expect(shellcheckFiles(paths, shell)).toBe("");
  }, 120_000);

  it("have a syntax that their shell accepts", () => {
    const each = `for path; do ${shell} -n "$path"; done`;
    expect(spawnSync("sh", ["-c", each, "sh", ...paths], { cwd: root, encoding: "utf8" }).stderr).toBe("");
  });
});

describe.each(scripts)("$path", ({ text }) => {
  it("stops at the first failure, and silences no check", () => {
    expect(text).not.toMatch(/shellcheck disable/);
    // A script that is sourced, or that only cleans up, says so by having no interpreter or no command that matters.
    if (text.split("\n").length > 6 && text.startsWith("#!")) expect(text).toMatch(/^set -E?eu/m);
  });
});
