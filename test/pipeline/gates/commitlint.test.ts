/** The gate of commit messages, with the real commitlint over a real history. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../../pipeline/shell.ts";
import { historyIn } from "../support/history.ts";
import { inTemporaryDirectory } from "../support/recorder.ts";

const place = inTemporaryDirectory();
const { git, commit } = historyIn(() => place.directory);
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
let base: string;

beforeEach(() => {
  git("init", "--quiet", "--initial-branch", "main");
  base = commit("what was before is nobody's business");
  place.program("commitlint", `#!/bin/sh\nexec '${modules}/@commitlint/cli/cli.js' "$@"\n`);
  // As in the tool's image, where the modules are installed globally and not beside the sources.
  mkdirSync(join(place.directory, "../prefix/lib"), { recursive: true });
  symlinkSync(modules, join(place.directory, "../prefix/lib/node_modules"));
});

const lint = (environment: Record<string, string> = {}, settings = "") =>
  place.run(`set --${settings}\n${script("commitlint")}`, {
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    CI_COMMIT_SHA: git("rev-parse", "HEAD"),
    npm_config_prefix: join(place.directory, "../prefix"),
    ...environment,
  });

describe("commitlint", () => {
  it("passes Conventional Commits, and says how many it looked at", () => {
    commit("feat(shop): sell pears");
    commit("fix!: count prices once");
    const run = lint();
    expect(run, run.stderr).toMatchObject({ status: 0 });
    expect(run.stdout).toContain("looking at 2 commits");
  });

  it("fails at one bad message among good ones, and quotes it", () => {
    commit("feat: sell pears");
    commit("sell plums as well");
    commit("docs: say so");
    const run = lint();
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/input: sell plums as well[\s\S]*type may not be empty/);
    expect(run.stdout).not.toMatch(/what was before[\s\S]*type may not be empty/);
  });

  it("looks at the source branch where GitLab made a commit that merges it", () => {
    const source = commit("feat: sell pears");
    commit("Result of merging a branch that nobody wrote");
    expect(lint({ CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: source }).status).toBe(0);
    expect(lint().status).toBe(1);
  });

  it("prefers the project's own convention", () => {
    commit("SHOP-12 sell pears", {
      ".commitlintrc.json": JSON.stringify({ rules: { "header-max-length": [2, "always", 20] } }),
    });
    expect(lint().status).toBe(0);
    commit("SHOP-13 sell plums, and many other fruits as well");
    expect(lint().stdout).toMatch(/header must not be longer than 20 characters/);
  });

  it("takes the configuration that the stack names", () => {
    commit("sell pears", {
      "lint.json": JSON.stringify({ rules: { "header-max-length": [2, "always", 5] } }),
    });
    const run = lint({}, " --config lint.json");
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/header must not be longer than 5 characters/);
  });

  it("fails where the configuration that the stack names is not there", () => {
    commit("feat: sell pears");
    expect(lint({}, " --config nowhere.json").status).not.toBe(0);
  });

  it("fails where the merge request's base is not there, instead of looking at nothing", () => {
    commit("feat: sell pears");
    const run = lint({ CI_MERGE_REQUEST_DIFF_BASE_SHA: "0".repeat(40) });
    expect(run.status).not.toBe(0);
    expect(run.stderr).toMatch(/0{40}/);
  });
});
