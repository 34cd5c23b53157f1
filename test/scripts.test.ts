import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { projectScripts, shellcheckFile } from "./tools/shellcheck.ts";

describe.each(projectScripts())("$path", ({ path, text, shell }) => {
  it("is clean under shellcheck", () => {
    expect(shellcheckFile(path, shell)).toBe("");
  });

  it("has a syntax that its shell accepts", () => {
    expect(spawnSync(shell, ["-n"], { input: text, encoding: "utf8" }).stderr).toBe("");
  });

  it("stops at the first failure, and silences no check", () => {
    expect(text).not.toMatch(/shellcheck disable/);
    // A script that is sourced, or that only cleans up, says so by having no interpreter or no command that matters.
    if (text.split("\n").length > 6 && text.startsWith("#!")) expect(text).toMatch(/^set -E?eu/m);
  });
});
