/** Moving tags: what is moved, when, and when not. Git is real, and its origin a repository on disk. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../pipeline/shell.ts";
import { inTemporaryDirectory, type Run } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;

function git(...argv: string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  const result = spawnSync("git", [...identity, "-C", place.directory, ...argv], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`git ${argv.join(" ")}: ${result.stderr}`);
  return result.stdout.trim();
}

/** Commits, pushes to a branch, and returns the commit. */
function push(branch: string): string {
  git("commit", "--quiet", "--allow-empty", "--message", `on ${branch}`);
  git("push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
  return git("rev-parse", "HEAD");
}

beforeEach(() => {
  git("init", "--quiet", "--initial-branch", "main");
  git("init", "--quiet", "--bare", join(place.directory, "origin.git"));
  git("remote", "add", "origin", join(place.directory, "origin.git"));
  place.write("candidates/docker-build.txt", `app ${DIGEST} built\n`);
});

const tagsOf = (run: Run): string[] => run.calls.flatMap((call) => call.match(/(?<=--tag )\S+/g) ?? []);

function move(name: "promote" | "release", environment: Record<string, string>): Run {
  const text = ["read-candidates", "move-tags", name].map(script).join("");
  return place.run(text, {
    CANDIDATES: "app",
    REGISTRY_IMAGE: "r.example.com/shop",
    CI_DEFAULT_BRANCH: "main",
    CI_COMMIT_REF_PROTECTED: "true",
    ...environment,
  });
}

function promote(branch: string, environment: Record<string, string> = {}): Run {
  return move("promote", {
    CI_COMMIT_BRANCH: branch,
    CI_COMMIT_REF_NAME: branch,
    CI_COMMIT_REF_SLUG: branch.replaceAll("/", "-"),
    CI_COMMIT_SHA: push(branch),
    ...environment,
  });
}

describe("promote", () => {
  it("gives the default branch its tag and latest, by digest", () => {
    expect(promote("main").calls).toEqual([
      `buildx imagetools create --prefer-index=false --tag r.example.com/shop/app:main --tag r.example.com/shop/app:latest r.example.com/shop/app@${DIGEST}`,
    ]);
  });

  it("moves no latest from a default branch that anybody may push to", () => {
    expect(tagsOf(promote("main", { CI_COMMIT_REF_PROTECTED: "false" }))).toEqual([
      "r.example.com/shop/app:main",
    ]);
  });

  it("moves nothing where one of several images has no candidate", () => {
    const run = promote("main", { CANDIDATES: "app web" });
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain("no candidate of web");
    expect(run.calls).toEqual([]);
  });

  it("gives a cell of a matrix its own tag in the place of latest", () => {
    place.write("candidates/b.txt", `web/3.11 ${DIGEST} built\nweb/3.12 ${OTHER} built\n`);
    const run = promote("main", { CANDIDATES: "web/3.11 web/3.12" });
    expect(
      run.calls.map((call) => call.replaceAll("--tag r.example.com/shop/", "").split(" ").slice(4)),
    ).toEqual([
      ["web:3.11-main", "web:3.11", `r.example.com/shop/web@${DIGEST}`],
      ["web:3.12-main", "web:3.12", `r.example.com/shop/web@${OTHER}`],
    ]);
  });

  it.each(["latest", "v1", "1-2-3", "a".repeat(40)])(
    "keeps a branch called %s away from other tags",
    (branch) => {
      expect(tagsOf(promote(branch))).toEqual([`r.example.com/shop/app:branch-${branch}`]);
    },
  );

  it("leaves the tags to the newer pipeline when it was overtaken", () => {
    const older = push("main");
    push("main");
    const run = promote("other", {
      CI_COMMIT_BRANCH: "main",
      CI_COMMIT_REF_NAME: "main",
      CI_COMMIT_SHA: older,
    });
    expect(run).toMatchObject({ status: 0, calls: [] });
    expect(run.stdout).toMatch(/main is at [0-9a-f]{40}, not at [0-9a-f]{40}: no tag moves/);
  });

  it("moves nothing for a branch that is gone", () => {
    const run = promote("main", { CI_COMMIT_REF_NAME: "gone" });
    expect(run).toMatchObject({ status: 0, calls: [] });
    expect(run.stdout).toContain("gone is at no commit any more");
  });

  it.each([
    ["no digest", ""],
    ["another image's digest", `application ${DIGEST} built\n`],
    ["something else than a digest", "app latest built\n"],
    ["a digest that is too short", "app sha256:abc built\n"],
    ["a digest with a command in it", `app sha256:$(id)${"a".repeat(57)} built\n`],
  ])("stops at %s", (_, candidates) => {
    place.write("candidates/docker-build.txt", candidates);
    const run = promote("main");
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain("no candidate of app");
    expect(run.calls).toEqual([]);
  });
});

describe.each(["promote", "release"] as const)("%s", (name) => {
  it("fails when GitLab cannot be asked, and moves nothing", () => {
    git("remote", "set-url", "origin", join(place.directory, "nowhere.git"));
    const run = move(name, {
      CI_COMMIT_TAG: "v1.2.3",
      CI_COMMIT_REF_NAME: "main",
      CI_COMMIT_SHA: "0".repeat(40),
    });
    expect(run.status).not.toBe(0);
    expect(run.calls).toEqual([]);
  });
});

describe("release", () => {
  const release = (tag: string, others: readonly string[] = [], environment: Record<string, string> = {}) => {
    push("main");
    for (const name of [tag, ...others]) {
      git("tag", name);
      git("push", "--quiet", "origin", `refs/tags/${name}`);
    }
    return move("release", { CI_COMMIT_TAG: tag, ...environment });
  };
  const versions = (run: Run) => tagsOf(run).map((tag) => tag.replace("r.example.com/shop/app:", ""));

  it.each<[string, readonly string[], readonly string[]]>([
    ["v1.2.3", [], ["1.2.3", "1.2", "1"]],
    ["1.2.3", [], ["1.2.3", "1.2", "1"]],
    ["v1.2.3", ["v1.2.2", "v1.1.9", "v0.9.0"], ["1.2.3", "1.2", "1"]],
    ["v1.2.3", ["v1.10.0"], ["1.2.3", "1.2"]],
    ["v1.2.3", ["v1.2.10"], ["1.2.3"]],
    ["v1.2.3", ["v2.0.0"], ["1.2.3", "1.2", "1"]],
    ["v1.2.3", ["v1.3.0-rc.1", "v1.2.4-beta"], ["1.2.3", "1.2", "1"]],
    ["v0.4.0", [], ["0.4.0", "0.4"]],
    ["v1.3.0-rc.1", [], ["1.3.0-rc.1"]],
    ["v1.3.0+build.7", [], ["1.3.0_build.7", "1.3", "1"]],
  ])("of %s beside %j has the tags %j", (tag, others, expected) => {
    const run = release(tag, others);
    expect(run.stderr).toBe("");
    expect(versions(run)).toEqual(expected);
    for (const call of run.calls) expect(call).toMatch(new RegExp(` r\\.example\\.com/shop/app@${DIGEST}$`));
  });

  it("puts the cell of a matrix in front", () => {
    place.write("candidates/b.txt", `web/3.12 ${DIGEST} built\n`);
    expect(tagsOf(release("v2.0.0", [], { CANDIDATES: "web/3.12" }))).toEqual([
      "r.example.com/shop/web:3.12-2.0.0",
      "r.example.com/shop/web:3.12-2.0",
      "r.example.com/shop/web:3.12-2",
    ]);
  });

  it.each(["nightly", "v1", "v1.2", "v01.2.3", "v1.2.3-", "latest"])(
    "refuses %s, which is no version",
    (tag) => {
      const run = release(tag);
      expect(run.status).toBe(1);
      expect(run.stderr).toContain(`${tag} is no semantic version`);
      expect(run.calls).toEqual([]);
    },
  );

  it("refuses a tag that is not protected, and says what to do", () => {
    const run = release("v1.2.3", [], { CI_COMMIT_REF_PROTECTED: "false" });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/no protected tag.*Protect v\* in Settings/);
    expect(run.calls).toEqual([]);
  });
});
