/** Pipelines that do not build: which jobs they have, and which every other pipeline has not. */
import { beforeAll, describe, expect, it } from "vitest";
import { type DryJob, type Occasion, planPipelines } from "../../lab/pipeline/dry-run.ts";
import { checkPipeline } from "../../pipeline/check/index.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { renderPipeline } from "../../pipeline/render.ts";
import { schedulesOf } from "../../pipeline/schedules.ts";
import { targetOf } from "../../pipeline/target.ts";
import { backupVariables } from "../../pipeline/variables.ts";
import { parsed, problems, seedWith } from "../configs.ts";

const BACKUP = {
  bucket: "s3://acme-backups/shop",
  accessKeyId: "AKIDEXAMPLE0",
  secretAccessKey: "correct-horse",
};
const OPERATIONS = { backup: BACKUP, refresh: {}, review: {}, protection: {} };

function configured(project: Record<string, unknown>) {
  const { fleets, projects } = parsed(seedWith(project));
  const [fleet, entry] = [fleets[0], projects[0]];
  if (!fleet || !entry) throw new Error("no project");
  return { project: entry, pipeline: pipelineFor(targetOf("dev", entry, fleet)) };
}

const scheduled = (key: string, value: string): Occasion => ({
  on: "schedule",
  description: "x",
  variables: [{ key, value }],
});
const elsewhere = (value: string): Occasion => ({
  on: "web",
  branch: "feature",
  variables: [{ key: "OPERATION", value }],
});

const occasions = {
  backup: scheduled("OPERATION", "backup"),
  restore: scheduled("OPERATION", "restore"),
  review: scheduled("OPERATION", "review"),
  refresh: scheduled("REFRESH", "true"),
  "default branch": { on: "default branch" },
  branch: { on: "branch", name: "feature" },
  tag: { on: "tag", name: "v1.0.0", protected: true },
  "merge request": { on: "merge request", source: "feature" },
  "backup of a branch": elsewhere("backup"),
  "restore of a branch": elsewhere("restore"),
  "review of a branch": elsewhere("review"),
} as const satisfies Record<string, Occasion>;

describe("a pipeline", () => {
  const { pipeline } = configured({ ...OPERATIONS, gates: { hadolint: true, trivy: true } });
  let plans: Record<keyof typeof occasions, readonly DryJob[]>;
  beforeAll(async () => {
    plans = await planPipelines(renderPipeline(pipeline), occasions);
  });
  const started = (occasion: keyof typeof occasions): string[] =>
    plans[occasion]
      .filter(({ when }) => when !== "never" && when !== "manual")
      .map(({ name }) => name.replace(/: \[.*/, ""));

  it("is sound", () => {
    expect(checkPipeline(pipeline)).toEqual([]);
  });

  it("for a backup has that job alone", () => {
    expect(started("backup")).toEqual(["backup"]);
    expect(started("restore")).toEqual(["restore"]);
    expect(started("review")).toEqual(["review-trivy", "review-trivy", "review"]);
  });

  it("for a refresh goes through every gate, and backs nothing up", () => {
    const jobs = started("refresh");
    expect(jobs).toEqual(
      expect.arrayContaining(["hadolint", "docker-build", "trivy", "attestations", "promote"]),
    );
    expect(jobs).not.toContain("backup");
    expect(jobs).not.toContain("restore");
  });

  it.each(["default branch", "branch", "tag", "merge request"] as const)(
    "of a push backs nothing up: %s",
    (occasion) => {
      const jobs = started(occasion);
      expect(jobs).toContain("docker-build");
      expect(jobs).not.toContain("backup");
      expect(jobs).not.toContain("restore");
    },
  );

  it.each(["backup of a branch", "restore of a branch", "review of a branch"] as const)(
    "does nothing for a %s",
    (occasion) => {
      expect(started(occasion)).toEqual([]);
    },
  );

  it("has no such rule where nothing but builds runs", () => {
    expect(renderPipeline(configured({ refresh: {} }).pipeline)).not.toContain("$OPERATION");
  });
});

describe("configuration", () => {
  it("gives schedules their variables", () => {
    const { project } = configured(OPERATIONS);
    expect(schedulesOf(project).map(({ name, cron, variables }) => [name, cron, variables])).toEqual([
      ["backup", "0 3 * * *", { OPERATION: "backup" }],
      ["refresh", "0 4 * * 1", { REFRESH: "true" }],
      ["review", "0 5 * * 1", { OPERATION: "review" }],
    ]);
    expect(schedulesOf(configured({}).project)).toEqual([]);
  });

  it("keeps the bucket's key for protected refs", () => {
    const variables = backupVariables(configured(OPERATIONS).project.backup);
    expect(variables.map(({ key, protected: guarded }) => [key, guarded])).toEqual([
      ["BACKUP_ACCESS_KEY_ID", true],
      ["BACKUP_SECRET_ACCESS_KEY", true],
    ]);
    expect(String(variables[1]?.value)).toBe("[secret]");
  });

  it("refuses what a fleet or a registry cannot do", () => {
    const seed = seedWith({ signing: { keyless: {} } });
    const shell = { ...seed, fleets: seed.fleets.map((fleet) => ({ ...fleet, executor: "shell" })) };
    expect(problems(shell).join("\n")).toMatch(/signing: .*no cosign/);
    const registry = { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" };
    expect(problems(seedWith({ registry, protection: { containers: true } })).join("\n")).toMatch(
      /protection\.containers: .*not GitLab's own/,
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["a bucket of no kind", { bucket: "acme-backups" }, /s3:\/\//],
    ["a bucket with a way out", { bucket: "s3://acme-backups/../other" }, /a bucket/],
    ["a negative retention", { retentionDays: -1 }, /retentionDays/],
    ["a command for a time", { cron: "$(id) * * * *" }, /five fields/],
    ["four fields", { cron: "0 3 * *" }, /five fields/],
  ])("refuses %s", (_, change, message) => {
    expect(problems(seedWith({ backup: { ...BACKUP, ...change } })).join("\n")).toMatch(message);
  });
});
