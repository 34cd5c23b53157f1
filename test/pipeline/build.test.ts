/** What docker-build does with images that are there, and with those that are not. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../pipeline/shell.ts";
import { inTemporaryDirectory } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

beforeEach(() => {
  const git = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-C", place.directory];
  spawnSync("git", [...git, "init", "--quiet"]);
  const env = { ...process.env, GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z" };
  spawnSync("git", [...git, "commit", "--quiet", "--allow-empty", "--message", "one"], { env });
});

function build(environment: Record<string, string> = {}, present: Record<string, string> = {}) {
  place.write(
    "calls.images",
    Object.entries(present)
      .map(([tag, value]) => `r/${tag} ${value}\n`)
      .join(""),
  );
  const run = place.run(`${script("build")}echo "epoch \${SOURCE_DATE_EPOCH:-none}"`, {
    IMAGES: "app db-init",
    REGISTRY_IMAGE: "r",
    CI_COMMIT_SHA: "c0ffee",
    CI_JOB_ID: "7",
    ...environment,
  });
  return { ...run, builds: run.calls.filter((call) => call.startsWith("buildx bake")) };
}

const both = { "app:c0ffee": digest("a"), "db-init:c0ffee": digest("b") };

describe("build", () => {
  it("builds all in one go and writes down what it pushed", () => {
    const run = build({}, both);
    expect(run.stderr).toBe("");
    expect(run.builds).toEqual([
      "buildx bake --file docker-bake.hcl --push --provenance mode=max app db-init",
    ]);
    expect(readFileSync(join(place.directory, "candidates/7.txt"), "utf8")).toBe(
      `app ${digest("a")} built\ndb-init ${digest("b")} built\n`,
    );
  });

  it("stamps with the commit's time", () => {
    expect(build({}, both).stdout).toContain("epoch 1767323045");
  });

  it("builds one cell of a matrix by its target and its tag", () => {
    const run = build({ IMAGES: "web.api", CELL: "3.12-slim" }, { "web.api:3.12-slim-c0ffee": digest("c") });
    expect(run.builds).toEqual([expect.stringMatching(/ web_api_3_12-slim$/)]);
    expect(run.stdout).toContain(`web.api/3.12-slim ${digest("c")} built`);
  });

  it("releases what was built for the commit before, without building", () => {
    const run = build({ CI_COMMIT_TAG: "v1.2.3" }, both);
    expect(run.builds).toEqual([]);
    expect(run.stdout).toContain(`db-init ${digest("b")} found`);
  });

  it("builds a release whose candidates are not all there", () => {
    const run = build({ CI_COMMIT_TAG: "v1.2.3" }, { "app:c0ffee": digest("a") });
    expect(run.builds).toHaveLength(1);
  });

  it("fails when what it pushed is not there", () => {
    const run = build({}, { "app:c0ffee": digest("a") });
    expect(run.status).not.toBe(0);
  });

  it("refreshes from new base images, without a cache", () => {
    expect(build({ REFRESH: "true" }, both).builds[0]).toContain(" --pull --no-cache ");
  });

  it("asks for a software bill of materials by the pinned generator", () => {
    expect(build({ SBOM_GENERATOR: "x/scanner:1@sha256:0" }, both).builds[0]).toContain(
      " --sbom generator=x/scanner:1@sha256:0 ",
    );
  });
});
