/** The pipeline of this repository: the file beside golden/, and which jobs start on which occasion. */
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { deliveryPipeline } from "../../delivery/pipeline.ts";
import { pipelineText, render } from "../../delivery/render.ts";
import { type DryJob, lintPipeline, type Occasion, planPipelines } from "../../lab/pipeline/index.ts";
import { checkPipeline } from "../../pipeline/check/index.ts";
import { oneEnvironment, threeEnvironments } from "./environments.ts";

const three = pipelineText(threeEnvironments);

/** Jobs in the order of the file; `?` for manual jobs, `!` for what runs whatever failed. */
const named = (jobs: readonly DryJob[]): string =>
  jobs.map(({ name, when }) => `${name}${{ manual: "?", always: "!" }[when as string] ?? ""}`).join(" ");

const operation = (value: string) => ({ variables: [{ key: "OPERATION", value }] });

/** Changes every stack. */
const changes = ["runner/host/.profile"];
const request = { on: "merge request", source: "change/x", protected: true } as const;

const occasions = {
  "merge request": { ...request, changes },
  "of one stack": { ...request, changes: ["Pulumi.staging.yaml", "README.md"] },
  "of no stack": { ...request, changes: ["docs/first-stack.md", "lab/index.ts", "Pulumi.gcp.yaml"] },
  "unprotected merge request": { on: "merge request", source: "change/x", changes },
  "fork's merge request": { on: "merge request", source: "change/x", fork: true, changes },
  "protected branch": { on: "branch", name: "change/x", protected: true },
  "default branch": { on: "default branch" },
  "by hand": { on: "web" },
  tag: { on: "tag", name: "v1.0.0", protected: true },
  schedule: { on: "schedule", description: "nightly" },
  "schedule of drift": { on: "schedule", description: "drift", ...operation("drift") },
  "another schedule": { on: "schedule", description: "backup", ...operation("backup") },
  "drift by hand": { on: "web", ...operation("drift") },
} as const satisfies Record<string, Occasion>;

describe("the pipeline of three environments", () => {
  let plans: Record<keyof typeof occasions, readonly DryJob[]>;

  beforeAll(async () => {
    // It throws where GitLab's schema forbids the file.
    plans = await planPipelines(three, occasions);
  });

  it("is as it is written down", async () => {
    await expect(three).toMatchFileSnapshot("golden/three-environments.gitlab-ci.yml");
  });

  it("is sound", () => {
    expect(checkPipeline(deliveryPipeline(threeEnvironments))).toEqual([]);
  });

  it("is sound, and what GitLab's schema allows, with one environment and nothing optional", async () => {
    expect(checkPipeline(deliveryPipeline(oneEnvironment))).toEqual([]);
    expect(await lintPipeline(pipelineText(oneEnvironment))).toEqual([]);
  });

  it("starts the jobs that each occasion asks for", () => {
    const previews = "check preview-dev preview-staging preview-prod";
    const updates = "check up-dev up-staging up-prod?";
    const drift = "drift-dev drift-staging drift-prod";
    expect(Object.fromEntries(Object.entries(plans).map(([name, jobs]) => [name, named(jobs)]))).toEqual({
      "merge request": `${previews} note!`,
      "of one stack": "check preview-staging note!",
      "of no stack": "check note!",
      "unprotected merge request": previews,
      "fork's merge request": previews,
      "protected branch": "",
      "default branch": updates,
      "by hand": updates,
      tag: "",
      schedule: drift,
      "schedule of drift": drift,
      "another schedule": "",
      "drift by hand": drift,
    });
  });

  it.each([
    ["of one stack", ["preview-staging"]],
    ["of no stack", []],
  ] as const)("a merge request's note has the previews of what it affects: %s", (occasion, previews) => {
    expect(plans[occasion].find(({ name }) => name === "note")).toMatchObject({
      after: previews,
      artifactsOf: previews,
    });
  });

  it("previews at once, and updates one after the other", () => {
    const previews = plans["merge request"].filter(({ name }) => name.startsWith("preview-"));
    expect(previews.map(({ after }) => after)).toEqual([[], [], []]);
    expect(
      plans["default branch"].map(({ name, after, allowFailure }) => [name, after, allowFailure]),
    ).toEqual([
      ["check", [], false],
      ["up-dev", ["check"], false],
      ["up-staging", ["up-dev"], false],
      ["up-prod", ["up-staging"], false],
    ]);
  });

  it("updates whatever was pushed, so that an update that failed is made up for", () => {
    const { jobs } = deliveryPipeline(threeEnvironments);
    const selective = Object.keys(jobs).filter((name) => jobs[name]?.rules?.some(({ changes }) => changes));
    expect(selective).toEqual(["preview-dev", "preview-staging", "preview-prod"]);
  });

  it("asks for the runner that delivery.yaml names, or for any", () => {
    expect(new Set(plans["default branch"].flatMap(({ tags }) => tags))).toEqual(
      new Set(["buildx-protected"]),
    );
    expect(pipelineText(oneEnvironment)).not.toContain("tags:");
  });

  it("cancels what looks, and never what changes something", () => {
    const { jobs, workflow } = deliveryPipeline(threeEnvironments);
    const cancelled = Object.keys(jobs).filter((name) => jobs[name]?.interruptible === true);
    expect(cancelled).toEqual(["check", "preview-dev", "preview-staging", "preview-prod", "note"]);
    expect(workflow.rules.at(-1)).toMatchObject({ auto_cancel: { on_new_commit: "none" } });
  });

  it("lets no two jobs of a stack change or compare it at once, and gives each the rights of its task", () => {
    const { jobs } = deliveryPipeline(threeEnvironments);
    expect(
      ["preview-prod", "up-prod", "drift-prod"].map((name) => [
        jobs[name]?.resource_group,
        jobs[name]?.environment,
        jobs[name]?.variables?.GOOGLE_SERVICE_ACCOUNT,
      ]),
    ).toEqual([
      [
        undefined,
        { name: "preview/prod", action: "access", deployment_tier: "other" },
        "runners-preview@acme-infra.iam.gserviceaccount.com",
      ],
      ["prod", { name: "prod", deployment_tier: "production" }, "runners@acme-infra.iam.gserviceaccount.com"],
      [
        "prod",
        { name: "preview/prod", action: "access", deployment_tier: "other" },
        "runners-preview@acme-infra.iam.gserviceaccount.com",
      ],
    ]);
  });
});

describe("render:self", () => {
  const directories: string[] = [];

  afterEach(async () => {
    vi.restoreAllMocks();
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  async function repository(environments: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "buildx-delivery-"));
    directories.push(directory);
    await writeFile(
      join(directory, "delivery.yaml"),
      `backend: gs://acme-state\nenvironments: ${environments}\n`,
    );
    await writeFile(join(directory, "Pulumi.dev.yaml"), "config: {}\n");
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    return directory;
  }

  it("keeps this repository's own file current", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    await expect(render({ check: true })).resolves.toBeUndefined();
  });

  it("writes the file, and finds one that is not current", async () => {
    const directory = await repository("[{ stack: dev, tier: development }]");
    await expect(render({ check: true, directory })).rejects.toThrow(
      ".gitlab-ci.yml does not match delivery.yaml. Run npm run render:self, and commit the file.",
    );
    await render({ check: false, directory });
    await render({ check: true, directory });
    const path = join(directory, ".gitlab-ci.yml");
    expect(await readFile(path, "utf8")).toContain("\nup-dev:\n");
    await writeFile(path, `${await readFile(path, "utf8")}# by hand\n`);
    await expect(render({ check: true, directory })).rejects.toThrow("does not match delivery.yaml");
  });

  it("writes nothing of a delivery.yaml that is wrong", async () => {
    const directory = await repository("[{ stack: prod, tier: production }]");
    await expect(render({ check: false, directory })).rejects.toThrow("Pulumi.prod.yaml does not exist");
    expect(() => readFileSync(join(directory, ".gitlab-ci.yml"))).toThrow("ENOENT");
  });
});
