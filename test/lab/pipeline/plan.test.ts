import { describe, expect, test } from "vitest";
import { cellsOf, parseExpanded } from "../../../lab/pipeline/expanded.ts";
import { type PlannedJob, planJobs } from "../../../lab/pipeline/plan.ts";
import {
  type ChangedFiles,
  type MatchedRules,
  matchedRules,
  noRules,
  probesOf,
} from "../../../lab/pipeline/rules.ts";
import type { PipelineRunner } from "../../../lab/pipeline/runners.ts";
import { overallStatus, runAll } from "../../../lab/pipeline/schedule.ts";
import { combine, type JobStatus, startOf, type When } from "../../../lab/pipeline/status.ts";
import type { JobResult } from "../../../lab/pipeline/types.ts";

const runner = (name: string, tags: readonly string[], refProtected: boolean): PipelineRunner => ({
  name,
  tags,
  refProtected,
  socket: "/var/lib/buildx/open/docker.sock",
  image: "docker:28.3.3-cli",
  volumes: [],
  securityOptions: [],
  urlsWithoutTokens: false,
  environment: {},
});
const runners = [
  runner("protected", ["buildx-protected"], true),
  runner("open", ["buildx-open"], false),
  runner("plain", ["buildx-open-plain"], false),
];

const file = parseExpanded(`
stages: [.pre, build, promote, .post]
variables: {TRUST_LEVEL: open, PRICE: {value: $5, expand: false}}
default: {tags: [by-default]}
build:
  stage: build
  tags: ["buildx-$TRUST_LEVEL"]
  variables: {DEBUG: 1}
  parallel: {matrix: [{VERSION: [3.12, "3.13"], FLAVOUR: slim}]}
lint: {stage: build, tags: ["buildx-$TRUST_LEVEL"], allow_failure: {exit_codes: 3}, inherit: {variables: false}}
press: {stage: build, when: manual}
off: {stage: build, rules: [{if: "1 == 2"}]}
promote:
  stage: promote
  tags: ["buildx-$TRUST_LEVEL-plain"]
  needs:
    - {job: build, parallel: {matrix: [{VERSION: "3.13"}]}}
    - {job: lint, artifacts: false}
    - {job: off, optional: true}
notify: {stage: .post, when: always, dependencies: [build]}
`);
const cells = cellsOf(file);

const plan = (
  variables: Readonly<Record<string, string>>,
  protectedRef: boolean,
  matched: MatchedRules = without("off"),
) => planJobs({ file, cells, matched, predefined: {}, given: variables, protectedRef, runners });

/** No rule of these jobs matches; all others have none. */
const without = (...names: string[]): MatchedRules => ({
  ...noRules,
  of: (index) => (names.includes(cells[index]?.base ?? "") ? null : undefined),
});

describe("planJobs", () => {
  const jobs = plan({}, false);
  const job = (name: string) => jobs.find((one) => one.name === name);

  test("leaves out what the rules leave out", () => {
    expect(jobs.map(({ name }) => name)).toEqual([
      ...["build: [3.12, slim]", "build: [3.13, slim]", "lint", "press", "promote", "notify"],
    ]);
  });

  test("gives every cell of a matrix its variables and the tags of its job", () => {
    const cell = job("build: [3.13, slim]");
    expect(cell?.runner?.name).toBe("open");
    expect(cell?.variables).toEqual({
      ...{ TRUST_LEVEL: "open", PRICE: "$$5", DEBUG: "1", VERSION: "3.13", FLAVOUR: "slim" },
    });
    expect(cell?.cell).toMatchObject({ index: 2, total: 2, base: "build" });
    expect(job("lint")?.variables).toEqual({});
  });

  test("waits for the cells that are needed, or for every earlier stage", () => {
    expect(job("promote")).toMatchObject({
      after: ["build: [3.13, slim]", "lint"],
      artifactsOf: ["build: [3.13, slim]"],
      needed: true,
    });
    expect(job("notify")).toMatchObject({
      after: ["build: [3.12, slim]", "build: [3.13, slim]", "lint", "press", "promote"],
      artifactsOf: ["build: [3.12, slim]", "build: [3.13, slim]"],
      needed: false,
    });
  });

  test("knows what may fail, and that nobody has to press a manual job without rules", () => {
    expect(job("lint")?.allowFailure).toEqual([3]);
    expect(job("press")?.allowFailure).toBe(true);
    expect(job("promote")?.allowFailure).toBe(false);
    expect(job("press")?.tags).toEqual(["by-default"]);
  });

  test("refuses what needs a job that is not there", () => {
    expect(() => plan({}, false, without("lint"))).toThrow("'promote' job needs 'lint' job");
  });

  test("takes a level from the variables of the pipeline, and no protected runner for an open ref", () => {
    const forced = { TRUST_LEVEL: "protected" };
    expect(plan(forced, false)[0]?.tags).toEqual(["buildx-protected"]);
    expect(plan(forced, false)[0]?.runner).toBeUndefined();
    expect(plan(forced, true)[0]?.runner?.name).toBe("protected");
  });

  test.each(["only", "except", "trigger"])("refuses %s, which it would have to pass over", (keyword) => {
    expect(() => parseExpanded(`stages: [test]\na: {script: [x], ${keyword}: x}\n`)).toThrow(
      `cannot run the job a: it does not know ${keyword}`,
    );
  });

  test("takes what the matching rule says", () => {
    const rule = { when: "manual", allow_failure: false, variables: { DEBUG: 2 }, needs: [] } as const;
    const matched: MatchedRules = {
      ...noRules,
      of: (index) => (cells[index]?.base === "notify" ? { ...rule, needs: [] } : null),
    };
    expect(plan({}, false, matched)).toMatchObject([
      {
        name: "notify",
        when: "manual",
        allowFailure: false,
        after: [],
        needed: true,
        variables: { DEBUG: "2" },
      },
    ]);
  });
});

describe("rules", () => {
  const ruled = parseExpanded(`
stages: [build]
workflow: {rules: [{if: $A}, {when: always, variables: {KIND: other}}]}
a: {rules: [{changes: ["src/**/*.ts", "$DOCS/*"]}, {if: $B, exists: {paths: [Dockerfile]}}]}
b: {rules: [{changes: {paths: [x], compare_to: main}}]}
`);
  const all = cellsOf(ruled);
  const probes = (files: readonly string[] | undefined) => {
    const changed: ChangedFiles = (to) => (to === "main" ? ["x"] : files);
    const one = { predefined: { DOCS: "docs" }, given: {}, changed };
    return JSON.parse(JSON.stringify(probesOf(ruled, all, [one])));
  };
  const never = '"changes" == "none"';

  test.each([
    [undefined, true],
    [["src/a/b.ts"], true],
    [["src/.hidden.ts"], true],
    [["docs/a"], true],
    [["docs/a/b"], false],
    [["src/a.js"], false],
  ])("changes of %j: %s", (files, matches) => {
    const { "probe-0-0": probe } = probes(files);
    expect(probe.rules[0].if).toBe(matches ? undefined : never);
    expect(probe.rules[1]).toMatchObject({ if: "$B", exists: ["Dockerfile"] });
    expect(probes(files)["probe-0-1"].rules[0].if).toBeUndefined();
  });

  test("are found again by the numbers that jobs carry", () => {
    const listed = (name: string, code: number | undefined) => ({
      ...{ name, when: code === undefined ? "never" : "always" },
      allow_failure: code === undefined ? false : { exit_codes: code },
    });
    const answer = [
      ...[listed("probe-0-workflow", 1001), listed("probe-0-0", 1001), listed("probe-0-1", undefined)],
      ...[listed("probe-1-workflow", undefined), listed("probe-1-0", 1000), listed("probe-1-1", 1000)],
    ];
    const [first, second] = matchedRules(ruled, all, 2, JSON.stringify(answer));
    expect(first?.wanted).toBe(true);
    expect(first?.workflow?.variables).toEqual({ KIND: "other" });
    expect(first?.of(0)?.if).toBe("$B");
    expect(first?.of(1)).toBeNull();
    expect(second?.wanted).toBe(false);
    expect(second?.of(0)?.changes).toEqual(["src/**/*.ts", "$DOCS/*"]);
  });
});

const planned = (name: string, more: Partial<PlannedJob> = {}): PlannedJob => ({
  name,
  stage: "build",
  when: "on_success",
  allowFailure: false,
  after: [],
  needed: false,
  artifactsOf: [],
  tags: [],
  runner: runner("open", [], false),
  cell: { name, base: name, job: { stage: "build" }, matrix: {}, index: undefined, total: 1 },
  variables: {},
  ...more,
});

const outcomes = (...given: readonly (JobStatus | "warning" | "optional")[]) =>
  given.map((one) => {
    if (one === "warning") return { status: "failed", allowFailure: true } as const;
    if (one === "optional") return { status: "manual", allowFailure: true } as const;
    return { status: one, allowFailure: false } as const;
  });

describe("startOf", () => {
  test.each<[When, boolean, readonly (JobStatus | "warning" | "optional")[], ReturnType<typeof startOf>]>([
    ["on_success", false, ["failed"], "skipped"],
    ["on_success", false, ["warning", "success"], "start"],
    // One that was for failures, in an earlier stage, holds up nothing.
    ["on_success", false, ["success", "skipped"], "start"],
    ["on_success", true, ["success", "skipped"], "skipped"],
    ["on_failure", false, ["failed"], "start"],
    ["on_failure", false, ["success"], "skipped"],
    ["on_failure", false, [], "skipped"],
    ["always", false, ["failed"], "start"],
    ["always", false, ["stuck"], "created"],
    // A manual job holds up what comes later if it may not fail, and what needs it in any case.
    ["on_success", false, ["optional", "success"], "start"],
    ["on_success", true, ["optional", "success"], "skipped"],
    ["on_success", false, ["manual", "success"], "created"],
    ["manual", false, ["failed"], "skipped"],
    ["on_success", false, ["canceled"], "skipped"],
  ])("%s, needed %s, after %j: %s", (when, needed, before, expected) => {
    expect(startOf({ when, needed }, outcomes(...before))).toBe(expected);
  });
});

test.each<[readonly (JobStatus | "warning" | "optional")[], string]>([
  [["success", "warning", "optional"], "success"],
  [["success", "manual", "created"], "manual"],
  [["optional"], "skipped"],
  [["success", "failed", "skipped"], "failed"],
])("a pipeline of %j is %s", (given, expected) => {
  expect(combine(outcomes(...given), false)).toBe(expected);
});

describe("runAll", () => {
  const fake = (failing: readonly string[], order: string[]) => async (job: PlannedJob) => {
    order.push(job.name);
    const status = failing.includes(job.name) ? "failed" : "success";
    return {
      name: job.name,
      stage: job.stage,
      status,
      seconds: 1,
      exitCode: status === "failed" ? 3 : 0,
    } satisfies JobResult;
  };
  const plan = [
    planned("deploy", { after: ["test"] }),
    planned("test", { after: ["build"] }),
    planned("build"),
    planned("report", { after: ["test"], when: "always" }),
    planned("undo", { after: ["test"], when: "on_failure" }),
  ];
  const runPlan = (
    jobs: readonly PlannedJob[],
    failing: readonly string[],
    signal?: AbortSignal,
    pressed: readonly string[] = [],
  ) => {
    const order: string[] = [];
    return runAll({
      plan: jobs,
      manual: pressed.map((name) => ({ name })),
      signal,
      run: fake(failing, order),
    }).then((results) => ({
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
    expect(statuses).toEqual({ orphan: "stuck", next: "created" });
    expect(overall).toBe("failed");
  });

  test("a job that may fail does not fail the pipeline", async () => {
    const jobs = [planned("lint", { allowFailure: true }), planned("build", { after: ["lint"] })];
    expect(await runPlan(jobs, ["lint"])).toMatchObject({ overall: "success", order: ["lint", "build"] });
  });

  test("a job may fail by some exit codes and not by others", async () => {
    const by = (code: number) => [
      planned("lint", { allowFailure: [code] }),
      planned("build", { after: ["lint"] }),
    ];
    expect(await runPlan(by(3), ["lint"])).toMatchObject({ overall: "success", order: ["lint", "build"] });
    expect(await runPlan(by(4), ["lint"])).toMatchObject({ overall: "failed", order: ["lint"] });
  });

  test("a manual job runs when somebody starts it, and a pipeline that waits for it says so", async () => {
    const jobs = [planned("deploy", { when: "manual" }), planned("report", { after: ["deploy"] })];
    expect(await runPlan(jobs, [])).toMatchObject({
      ...{ order: [], overall: "manual", statuses: { deploy: "manual", report: "created" } },
    });
    expect(await runPlan(jobs, [], undefined, ["deploy"])).toMatchObject({ order: ["deploy", "report"] });
  });

  test("starts nothing once it is cancelled", async () => {
    const { order, overall } = await runPlan(plan, [], AbortSignal.abort());
    expect(order).toEqual([]);
    expect(overall).toBe("canceled");
  });
});
