import { describe, expect, test } from "vitest";
import { type PlannedJob, parseExpanded, parseList, planJobs, starts } from "../../../lab/pipeline/plan.ts";
import type { PipelineRunner } from "../../../lab/pipeline/runners.ts";
import { overallStatus, runAll } from "../../../lab/pipeline/schedule.ts";
import type { JobResult } from "../../../lab/pipeline/types.ts";

const runner = (name: string, tags: readonly string[], refProtected: boolean): PipelineRunner => ({
  name,
  tags,
  refProtected,
  socket: "/var/lib/buildx/open/docker.sock",
  image: "docker:28.3.3-cli",
  volumes: [],
  securityOptions: [],
  environment: {},
});
const runners = [
  runner("protected", ["buildx-protected"], true),
  runner("open", ["buildx-open"], false),
  runner("plain", ["buildx-open-plain"], false),
];

const file = parseExpanded(`
stages: [.pre, build, promote, .post]
variables: {TRUST_LEVEL: open}
build: {stage: build, tags: ["buildx-$TRUST_LEVEL"]}
promote: {stage: promote, tags: ["buildx-$TRUST_LEVEL-plain"]}
`);
const listed = parseList(
  JSON.stringify([
    { name: "build: [3.12]", stage: "build", when: "on_success", allow_failure: false },
    { name: "build: [3.13]", stage: "build", when: "on_success", allow_failure: false },
    { name: "off", stage: "build", when: "never", allow_failure: false },
    {
      name: "promote",
      stage: "promote",
      when: "on_success",
      allow_failure: false,
      needs: [{ job: "build" }],
    },
    { name: "notify", stage: ".post", when: "always", allow_failure: false, needs: null },
  ]),
);

describe("planJobs", () => {
  const plan = planJobs({ listed, file, variables: {}, protectedRef: false, runners });
  const job = (name: string) => plan.find((one) => one.name === name);

  test("leaves out what the rules leave out", () => {
    expect(job("off")).toBeUndefined();
  });

  test("gives every cell of a matrix the tags of its job", () => {
    expect(job("build: [3.13]")?.runner?.name).toBe("open");
  });

  test("waits for every cell that is needed, or for every earlier stage", () => {
    expect(job("promote")?.after).toEqual(["build: [3.12]", "build: [3.13]"]);
    expect(job("notify")?.after).toEqual(["build: [3.12]", "build: [3.13]", "promote"]);
  });

  test("takes a level from the variables of the pipeline, and no protected runner for an open ref", () => {
    const forced = { TRUST_LEVEL: "protected" };
    const open = planJobs({ listed, file, variables: forced, protectedRef: false, runners });
    const protectedPlan = planJobs({ listed, file, variables: forced, protectedRef: true, runners });
    expect(open[0]?.tags).toEqual(["buildx-protected"]);
    expect(open[0]?.runner).toBeUndefined();
    expect(protectedPlan[0]?.runner?.name).toBe("protected");
  });
});

const planned = (name: string, more: Partial<PlannedJob> = {}): PlannedJob => ({
  name,
  stage: "build",
  when: "on_success",
  allowFailure: false,
  after: [],
  needed: false,
  tags: [],
  runner: runner("open", [], false),
  ...more,
});

describe("starts", () => {
  const failed = [{ status: "failed" as const, allowFailure: false }];
  test.each([
    ["on_success", failed, false],
    ["on_success", [{ status: "failed" as const, allowFailure: true }], true],
    ["on_success", [{ status: "skipped" as const, allowFailure: false }], false],
    ["on_failure", failed, true],
    ["on_failure", [], false],
    ["always", failed, true],
  ] as const)("%s after %j: %s", (when, before, expected) => {
    expect(starts(planned("job", { when }), before)).toBe(expected);
  });

  test("a manual job nobody started holds up those that need it alone", () => {
    const before = [{ status: "manual" as const, allowFailure: false }];
    expect(starts(planned("job", { needed: true }), before)).toBe(false);
    expect(starts(planned("job"), before)).toBe(true);
  });
});

describe("runAll", () => {
  const fake = (failing: readonly string[], order: string[]) => async (job: PlannedJob) => {
    order.push(job.name);
    const status = failing.includes(job.name) ? "failed" : "success";
    return { name: job.name, stage: job.stage, status, seconds: 1 } satisfies JobResult;
  };
  const plan = [
    planned("deploy", { after: ["test"] }),
    planned("test", { after: ["build"] }),
    planned("build"),
    planned("report", { after: ["test"], when: "always" }),
    planned("undo", { after: ["test"], when: "on_failure" }),
  ];
  const runPlan = (jobs: readonly PlannedJob[], failing: readonly string[], signal?: AbortSignal) => {
    const order: string[] = [];
    return runAll({ plan: jobs, manual: [], signal, run: fake(failing, order) }).then((results) => ({
      order,
      statuses: Object.fromEntries(results.map(({ name, status }) => [name, status])),
      overall: overallStatus(jobs, results, signal),
    }));
  };

  test("runs jobs in the order they need, whatever the order of the file", async () => {
    const { order, overall } = await runPlan(plan, []);
    expect(order).toEqual(["build", "test", "deploy", "report"]);
    expect(overall).toBe("success");
  });

  test("skips what follows a failure, and runs what is for failures", async () => {
    const { statuses, overall } = await runPlan(plan, ["test"]);
    expect(statuses).toEqual({
      build: "success",
      test: "failed",
      deploy: "skipped",
      report: "success",
      undo: "success",
    });
    expect(overall).toBe("failed");
  });

  test("a job that no runner takes is stuck, and the pipeline has not passed", async () => {
    const { runner: _, ...orphan } = planned("orphan");
    const { order, statuses, overall } = await runPlan([orphan, planned("next", { after: ["orphan"] })], []);
    expect(order).toEqual([]);
    expect(statuses).toEqual({ orphan: "stuck", next: "skipped" });
    expect(overall).toBe("failed");
  });

  test("a job that may fail does not fail the pipeline", async () => {
    const jobs = [planned("lint", { allowFailure: true }), planned("build", { after: ["lint"] })];
    expect(await runPlan(jobs, ["lint"])).toMatchObject({ overall: "success", order: ["lint", "build"] });
  });

  test("starts nothing once it is cancelled", async () => {
    const { order, overall } = await runPlan(plan, [], AbortSignal.abort());
    expect(order).toEqual([]);
    expect(overall).toBe("canceled");
  });
});
