import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../command-line.ts";
import type { Surroundings } from "../../delivery/ci.ts";
import { preview } from "../../delivery/preview.ts";
import { fingerprint, parseRecord } from "../../delivery/record.ts";
import { StackError } from "../../stack/engine.ts";
import { change } from "./samples.ts";
import { ScriptedStack } from "./workbench.ts";

/** Renders as a repository of the test's own does, which says what it was given. */
const RENDER = `
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
const [, stack, , out] = process.argv.slice(2);
if (readFileSync("template", "utf8").includes("broken")) {
  console.error("Pulumi.dev.yaml has 1 problem; nothing was changed:\\n  - template is broken");
  process.exit(1);
}
mkdirSync(out + "/projects/acme/group/shop", { recursive: true });
mkdirSync(out + "/hosts/linux-1", { recursive: true });
cpSync("template", out + "/projects/acme/group/shop/.gitlab-ci.yml");
writeFileSync(out + "/hosts/linux-1/stack", stack + "\\n");
writeFileSync(out + "/.rendered", "");
if (Object.keys(process.env).some((name) => /TOKEN|PASSPHRASE/.test(name))) throw new Error("secrets!");
`;

const SECRET = "battery-staple-4711";

let directory: string;
let repository: string;
let base: string;
let stack: ScriptedStack;
let lines: string[];

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
    cwd: repository,
    encoding: "utf8",
  }).trim();

function commit(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(repository, name), content);
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", "x");
  return git("rev-parse", "HEAD");
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-preview-"));
  repository = join(directory, "origin");
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", repository]);
  for (const name of ["render", "node_modules"]) mkdirSync(join(repository, name));
  git("config", "uploadpack.allowAnySHA1InWant", "true");
  base = commit({
    "render/cli.ts": RENDER,
    ".gitignore": "node_modules\n",
    "package.json": '{ "name": "x", "version": "1.0.0", "type": "module" }\n',
    "package-lock.json":
      '{ "name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "x", "version": "1.0.0" } } }\n',
    "Pulumi.dev.yaml": "config:\n  buildx-runners:projects: [{ path: acme/group/shop }]\n",
    template: "one\ntwo\n",
  });
  commit({ template: "one\nthree\n" });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

beforeEach(() => {
  stack = new ScriptedStack();
  stack.changes = [
    change("update", "shop", "t:t:T", ["content"]),
    change("replace", "linux", "t:t:T", ["x"]),
  ];
  lines = [];
  rmSync(out(), { recursive: true, force: true });
});

// Whatever a preview comes to.
afterEach(() => {
  const written = readdirSync(out(), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  expect(written.length).toBeGreaterThan(1);
  expect(written.join("\n")).not.toContain(SECRET);
});

const job = (more: Readonly<Record<string, string>> = {}): Surroundings => ({
  environment: {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    CI_COMMIT_REF_PROTECTED: "true",
    CI_COMMIT_SHA: git("rev-parse", "HEAD"),
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    CI_JOB_NAME: "preview-dev",
    CI_JOB_URL: "https://gitlab.example.com/acme/infra/-/jobs/7",
    PULUMI_CONFIG_PASSPHRASE: SECRET,
    DELIVERY_TOKEN: SECRET,
    ...more,
  },
  directory: repository,
  open: async () => stack,
  say: (line) => lines.push(line),
});

const out = () => join(directory, "preview");
const run = (surroundings = job(), name = "dev") => preview({ stack: name, out: out() }, surroundings);
const left = (name = "dev") => parseRecord(readFileSync(join(out(), `${name}.json`), "utf8"));
const filesOf = (name = "dev") => {
  const { files } = left(name);
  if ("problem" in files) throw new Error(files.problem);
  return files;
};

describe("a preview", () => {
  it("of merged results compares with the target's tip: what is newer there is no part of the change", async () => {
    const target = git("rev-parse", "HEAD");
    await run(job({ CI_MERGE_REQUEST_TARGET_BRANCH_SHA: target }));
    expect(filesOf()).toMatchObject({ base: target, groups: [] });
    await run(job({ CI_MERGE_REQUEST_TARGET_BRANCH_SHA: "" }));
    expect(filesOf()).toMatchObject({ base });
    expect(filesOf().groups).not.toEqual([]);
  });

  it("leaves what would happen, the counts of the widget, and the difference of every file", async () => {
    await run();
    expect(left()).toMatchObject({
      stack: "dev",
      offline: false,
      job: { name: "preview-dev", url: "https://gitlab.example.com/acme/infra/-/jobs/7" },
      preview: { changes: stack.changes },
    });
    expect(filesOf()).toEqual({
      base,
      stack: "changed",
      unchanged: 1,
      groups: [
        {
          kind: "project",
          name: "acme/group/shop",
          files: [
            {
              path: ".gitlab-ci.yml",
              change: "changed",
              diff: "@@ -1,2 +1,2 @@\n one\n-two\n+three",
              added: 1,
              removed: 1,
            },
          ],
        },
      ],
    });
    // A replacement is both.
    expect(JSON.parse(readFileSync(join(out(), "dev.terraform.json"), "utf8"))).toEqual({
      create: 1,
      update: 1,
      delete: 1,
    });
    expect(readFileSync(join(out(), "dev", "files.diff"), "utf8")).toBe(
      "--- a/project/acme/group/shop/.gitlab-ci.yml\n+++ b/project/acme/group/shop/.gitlab-ci.yml\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n",
    );
    expect(lines).toContain(`dev: 2 resource changes, fingerprint ${fingerprint(stack.changes)}`);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(git("status", "--porcelain")).toBe("");
  });

  it.each([{ CI_COMMIT_REF_PROTECTED: "false" }, { CI_COMMIT_REF_PROTECTED: "" }])(
    "runs no engine without secrets, says so, and reports no numbers",
    async (environment) => {
      const surroundings = { ...job(environment), open: () => Promise.reject(new Error("opened")) };
      await run(surroundings);
      expect(left()).toMatchObject({ offline: true });
      expect(left()).not.toHaveProperty("preview");
      expect(filesOf().groups).toHaveLength(1);
      expect(existsSync(join(out(), "dev.terraform.json"))).toBe(false);
      expect(lines[0]).toMatch(/^dev: offline/);
    },
  );

  it("recognises a new stack, and a removed one", async () => {
    writeFileSync(join(repository, "Pulumi.prod.yaml"), "config: {}\n");
    await run(job(), "prod");
    expect(filesOf("prod")).toMatchObject({
      stack: "new",
      groups: [{ name: "acme/group" }, { kind: "host" }],
    });
    rmSync(join(repository, "Pulumi.prod.yaml"));
    const kept = readFileSync(join(repository, "Pulumi.dev.yaml"));
    rmSync(join(repository, "Pulumi.dev.yaml"));
    await run();
    writeFileSync(join(repository, "Pulumi.dev.yaml"), kept);
    expect(filesOf()).toMatchObject({ stack: "gone" });
    expect(filesOf().groups.flatMap(({ files }) => files.map((file) => file.change))).toEqual([
      "removed",
      "removed",
    ]);
  });

  it("installs the base's own packages where they are others, and fetches a base that a shallow clone lacks", async () => {
    const origin = repository;
    const lock = readFileSync(join(origin, "package-lock.json"), "utf8");
    commit({ "package-lock.json": lock.replaceAll("1.0.0", "1.0.1") });
    repository = join(directory, "shallow");
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${origin}`, repository]);
    await run();
    expect(filesOf().groups).toHaveLength(1);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    repository = origin;
  });

  it("says that the base cannot be rendered, and previews all the same", async () => {
    const broken = commit({ template: "broken\n" });
    commit({ template: "one\nthree\n" });
    await run(job({ CI_MERGE_REQUEST_DIFF_BASE_SHA: broken }));
    expect(left().files).toEqual({
      problem: `the files of ${broken.slice(0, 12)} cannot be rendered: Pulumi.dev.yaml has 1 problem; nothing was changed:\n  - template is broken`,
    });
    expect(left().preview?.changes).toHaveLength(2);
  });

  it("fails with what is wrong with the repository's own files, and leaves a record that says it", async () => {
    writeFileSync(join(repository, "template"), "broken\n");
    await expect(run()).rejects.toThrow("template is broken");
    git("checkout", "--quiet", "template");
    expect(left().files).toEqual({ problem: expect.stringContaining("template is broken") });
  });

  it.each<[string, Error, object]>([
    ["of the stack", new StackError(`the provider said ${SECRET}`), {}],
    ["of the program", new TypeError(`no ${SECRET}`), {}],
    [
      "of the configuration",
      new RunError("Pulumi.dev.yaml has 1 problem"),
      { message: "Pulumi.dev.yaml has 1 problem" },
    ],
    ["of a user", new UsageError("delivery.yaml is missing"), { message: "delivery.yaml is missing" }],
  ])(
    "that fails leaves a record, with words only where they hold no secret: %s",
    async (_, failure, expected) => {
      stack.failure = failure;
      await expect(run()).rejects.toBe(failure);
      expect(left().failure).toEqual(expected);
      expect(left()).not.toHaveProperty("preview");
      expect(filesOf().groups).toHaveLength(1);
      expect(existsSync(join(out(), "dev.terraform.json"))).toBe(false);
    },
  );
});
