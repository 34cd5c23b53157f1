/**
 * Which commits gitleaks is asked to look at, in a real history, and that the job fails when they could not be read.
 * A recorder stands for gitleaks; the real one finds and redacts a key in test/e2e/gates.test.ts.
 */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../../pipeline/shell.ts";
import { historyIn } from "../support/history.ts";
import { inTemporaryDirectory, type Run } from "../support/recorder.ts";

const place = inTemporaryDirectory();
const { git, commit } = historyIn(() => place.directory);

/** Reads the commits as gitleaks does: what Git cannot read is an error in the log, and no finding. */
const GITLEAKS = `#!/bin/sh
while [ "$1" != --log-opts ]; do shift; done
printf '%s\\n' "$2" > log-opts
env > environment
git log -p -U0 $2 > patch 2> error || echo "3:34PM ERR [git] $(head -n 1 error)"
echo '[]' > gitleaks.json
if grep -q '^+.*SECRET' patch; then exit 1; fi
`;

beforeEach(() => {
  git("init", "--quiet", "--initial-branch", "main");
  place.program("gitleaks", GITLEAKS);
});

const read = (file: string): string => place.run(`cat ${file}`).stdout.trim();

function look(environment: Record<string, string> = {}): Run & { readonly range: string } {
  const run = place.run(script("gitleaks"), {
    CI_PIPELINE_SOURCE: "push",
    CI_COMMIT_BEFORE_SHA: "0".repeat(40),
    CI_COMMIT_BRANCH: "main",
    CI_DEFAULT_BRANCH: "main",
    GITLEAKS_CONFIG: "/nowhere.toml",
    GITLEAKS_CONFIG_TOML: "[allowlist]",
    ...environment,
  });
  return { ...run, range: read("log-opts").split(" ").at(-1) ?? "" };
}

/** A repository on disk in the place of GitLab, with the default branch in it. */
function pushToOrigin(): void {
  git("init", "--quiet", "--bare", join(place.directory, "../origin.git"));
  git("remote", "add", "origin", join(place.directory, "../origin.git"));
  git("push", "--quiet", "origin", "HEAD:refs/heads/main");
  git("update-ref", "-d", "refs/remotes/origin/main");
}

describe("gitleaks looks at", () => {
  it("a merge request's commits", () => {
    const base = commit("base", { a: "SECRET" });
    commit("change", { b: "harmless" });
    const run = look({ CI_PIPELINE_SOURCE: "merge_request_event", CI_MERGE_REQUEST_DIFF_BASE_SHA: base });
    expect(run).toMatchObject({ status: 0, range: `${base}..HEAD` });
    expect(run.stdout).toContain("looking for secrets in 1 commits");
  });

  it("a pushed range", () => {
    const before = commit("before");
    commit("one");
    commit("two", { a: "SECRET" });
    expect(look({ CI_COMMIT_BEFORE_SHA: before })).toMatchObject({ status: 1, range: `${before}..HEAD` });
  });

  it.each([
    ["a new branch", "0".repeat(40)],
    ["a branch whose old commits are gone", "1".repeat(40)],
  ])("what %s has beyond the default branch, which it fetches", (_, before) => {
    commit("base", { a: "SECRET" });
    pushToOrigin();
    commit("change", { b: "harmless" });
    const run = look({ CI_COMMIT_BRANCH: "topic", CI_COMMIT_BEFORE_SHA: before });
    expect(run, run.stderr).toMatchObject({ status: 0, range: "origin/main..HEAD" });
    expect(run.stdout).toContain("looking for secrets in 1 commits");
  });

  it("what a tag has beyond the default branch", () => {
    commit("base");
    pushToOrigin();
    commit("off the branch", { a: "SECRET" });
    expect(look({ CI_COMMIT_BRANCH: "", CI_COMMIT_TAG: "v1" })).toMatchObject({
      status: 1,
      range: "origin/main..HEAD",
    });
  });

  it("the whole of the default branch when it is new", () => {
    commit("first", { a: "SECRET" });
    commit("second");
    expect(look()).toMatchObject({ status: 1, range: "HEAD" });
  });

  it("every branch on schedule, however old", () => {
    commit("base");
    git("switch", "--quiet", "--create", "old");
    commit("leak", { a: "SECRET" });
    git("switch", "--quiet", "main");
    const run = look({ CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BEFORE_SHA: git("rev-parse", "HEAD") });
    expect(run).toMatchObject({ status: 1, range: "--all" });
  });

  it("what a merge brought in beyond its parents", () => {
    const base = commit("base");
    git("switch", "--quiet", "--create", "topic");
    commit("topic", { b: "harmless" });
    git("switch", "--quiet", "main");
    commit("main", { c: "harmless" });
    git("merge", "--quiet", "--no-ff", "--no-commit", "topic");
    commit("merge", { d: "SECRET" });
    expect(look({ CI_COMMIT_BEFORE_SHA: base }).status).toBe(1);
  });
});

describe("gitleaks", () => {
  it("redacts, and leaves a report", () => {
    commit("first");
    place.program("gitleaks", '#!/bin/sh\necho "$@"\n');
    expect(look().stdout).toMatch(/ --redact .*--report-path gitleaks\.json/);
  });

  it("is told nothing by variables of the pipeline", () => {
    commit("first");
    look();
    expect(read("environment")).not.toContain("GITLEAKS_");
  });

  it("says what to do about a finding", () => {
    commit("first", { a: "SECRET" });
    expect(look().stderr).toMatch(/Revoke what was found.*\.gitleaksignore/);
  });

  it("fails where the range is not there, before gitleaks would find nothing in it", () => {
    commit("first");
    const run = look({
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: "1".repeat(40),
    });
    expect(run.status).not.toBe(0);
    expect(run.range).toBe("");
  });

  it("fails where gitleaks could not read what it was asked to, though it found nothing", () => {
    commit("first");
    place.program("gitleaks", "#!/bin/sh\necho '3:34PM ERR [git] fatal: unrecognized argument'\n");
    const run = look();
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("nothing is proven");
  });
});
