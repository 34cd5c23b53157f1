/** GitLab's cleanup policy: what it keeps, and the program that sets it and puts the old one back. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanupPolicy, keptTags, MOVING_TAGS } from "../../pipeline/cleanup.ts";
import { parsed, problems, seedWith } from "../configs.ts";
import { type StandIn, startStandIn } from "../lab/gitlab/stand-in.ts";

describe("the cleanup policy", () => {
  const kept = new RegExp(keptTags(["3.11", "3.12"]));
  const moving = new RegExp(MOVING_TAGS);
  const digest = "0123456789abcdef".repeat(4);

  it.each([
    ..."latest 1 1.2 1.2.3 v1.2.3 1.2.3-rc.1 1.2.3_build.7 3.12 3.12-1.2.3 protected-default open-default".split(
      " ",
    ),
    `sha256-${digest}`,
    `sha256-${digest}.sig`,
    `sha256-${digest}.att`,
  ])("keeps %s", (tag) => {
    expect(kept.test(tag)).toBe(true);
  });

  it.each([
    ..."feature-one branch-v1 latest-2 3.13x sha256-abc protected-ref-release open-ref-feature".split(" "),
    "c0ffee".repeat(7).slice(0, 40),
    `3.12-${"c0ffee".repeat(7).slice(0, 40)}`,
    "3x12-1.2.3",
  ])("lets %s go", (tag) => {
    expect(kept.test(tag)).toBe(false);
  });

  it("is what GitLab takes", () => {
    const [project] = parsed(seedWith({ cleanup: { olderThan: "90d" } })).projects;
    if (!project?.cleanup) throw new Error("no cleanup");
    expect(cleanupPolicy(project, project.cleanup)).toEqual({
      enabled: true,
      cadence: "1d",
      keep_n: 10,
      older_than: "90d",
      name_regex_delete: ".*",
      name_regex_keep: keptTags([]),
    });
  });

  it("and protection agree on what people deploy", () => {
    for (const tag of ["latest", "1.2.3", "1"]) expect(moving.test(tag), tag).toBe(true);
    for (const tag of ["main", "feature-1.2.3", "c0ffee".repeat(7).slice(0, 40)])
      expect(moving.test(tag), tag).toBe(false);
  });
});

describe("configuration", () => {
  it("has a policy only where GitLab has the registry", () => {
    const registry = { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" };
    expect(problems(seedWith({ cleanup: {} }))).toEqual([]);
    expect(problems(seedWith({ registry, cleanup: {} })).join("\n")).toMatch(/cleanup: .*not GitLab's own/);
  });

  it("refuses a pattern that GitLab would refuse", () => {
    const cells = Array.from({ length: 20 }, (_, index) => `release-candidate-${index}`);
    const images = [{ name: "app", matrix: { VERSION: cells } }];
    expect(problems(seedWith({ images, cleanup: {} })).join("\n")).toMatch(
      /cleanup: .*characters; GitLab's limit is 255/,
    );
    expect(problems(seedWith({ images }))).toEqual([]);
  });
});

describe("the program that sets it", () => {
  let standIn: StandIn;
  beforeAll(async () => {
    standIn = await startStandIn();
    standIn.gitlab.createUser("dev", { "acme/shop": "developer" });
  });
  afterAll(() => standIn.stop());

  const NEW = {
    enabled: true,
    cadence: "7d",
    keep_n: 5,
    older_than: "14d",
    name_regex_delete: ".*",
    name_regex_keep: "^latest$",
  };
  const policy = async () => {
    const { body } = await standIn.call("GET", "projects/acme%2Fshop");
    return (body as { container_expiration_policy: Record<string, unknown> }).container_expiration_policy;
  };

  /** As the command resource runs it; `said` is what it printed before. */
  async function run(
    verb: "set" | "restore",
    { token = standIn.gitlab.adminToken, said = "", wanted = NEW as unknown, project = "acme/shop" } = {},
  ) {
    const env = {
      PATH: process.env.PATH,
      GITLAB_API: standIn.gitlab.apiUrl.replace(/\/$/, ""),
      GITLAB_PROJECT: project,
      CLEANUP_POLICY: JSON.stringify(wanted),
      PULUMI_COMMAND_STDOUT: said,
    };
    const running = promisify(execFile)(process.execPath, ["pipeline/set-cleanup-policy.ts", verb], { env });
    running.child.stdin?.end(token);
    try {
      return { ...(await running), code: 0 };
    } catch (error) {
      return error as { stdout: string; stderr: string; code: number };
    }
  }

  it("sets it, changes it, and puts back what it found first", async () => {
    const found = await policy();
    expect(found.enabled).toBe(false);
    const first = await run("set");
    expect(first.stderr).toBe("");
    expect(await policy()).toMatchObject({
      enabled: true,
      keep_n: 5,
      name_regex: ".*",
      name_regex_keep: "^latest$",
    });
    const second = await run("set", { said: first.stdout, wanted: { ...NEW, keep_n: 25 } });
    expect((await policy()).keep_n).toBe(25);
    expect(second.stdout).toBe(first.stdout);
    expect((await run("restore", { said: second.stdout })).code).toBe(0);
    expect(await policy()).toEqual(found);
  });

  it("leaves a project alone that is gone", async () => {
    const { stdout } = await run("set");
    expect(await run("restore", { said: stdout, project: "acme/gone" })).toMatchObject({
      code: 0,
      stderr: "",
    });
    await run("restore", { said: stdout });
  });

  it.each<[string, Parameters<typeof run>[1], RegExp]>([
    [
      "a token that GitLab does not know",
      { token: "glpat-unknown" },
      /acme\/shop: GitLab says 401 .* scope api/,
    ],
    ["a project that is not there", { project: "acme/gone" }, /acme\/gone: GitLab has no such project/],
    ["a value that GitLab refuses", { wanted: { ...NEW, keep_n: 7 } }, /acme\/shop: GitLab says 400/],
  ])("says what is wrong with %s, without the token", async (_, options, message) => {
    const before = await policy();
    const result = await run("set", options);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.split("\n")).toHaveLength(2);
    expect(result.stderr + result.stdout).not.toContain(options?.token ?? standIn.gitlab.adminToken);
    expect(await policy()).toEqual(before);
  });

  it("needs the role of a Maintainer", async () => {
    const result = await run("set", { token: standIn.gitlab.createToken("dev") });
    expect(result.stderr).toMatch(/GitLab says 403/);
  });
});
