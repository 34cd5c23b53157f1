import { beforeAll, describe, expect, test } from "vitest";
import { type DryJob, type Occasion, planPipeline, planPipelines } from "../../../lab/pipeline/index.ts";

const yaml = `
include: [{local: ci/extra.yml}]
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH || $CI_COMMIT_TAG
stages: [build, operate]
build: {extends: .any, stage: build, parallel: {matrix: [{V: ["1", "2"]}]}}
protected: {extends: .any, stage: build, rules: [{if: $CI_COMMIT_REF_PROTECTED == "true"}]}
fork:
  extends: .any
  stage: build
  rules: [{if: "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_PROJECT_ID"}]
docs: {extends: .any, stage: build, rules: [{changes: [docs/**/*], exists: [mkdocs.yml]}]}
rollback:
  extends: .any
  stage: operate
  needs: [build]
  rules:
    - {if: $CI_COMMIT_TAG, when: manual, allow_failure: true}
backup: {extends: .any, stage: operate, rules: [{if: $CI_PIPELINE_SOURCE == "schedule" && $JOB == "backup"}]}
secret: {extends: .any, stage: operate, rules: [{if: $KEY}]}
`;
const files = { "ci/extra.yml": ".any: {image: none, script: [echo]}\n", "mkdocs.yml": "" };

const variables = [{ key: "KEY", value: "x", masked: true, protected: true }];
const cells = ["build: [1]", "build: [2]"];

const occasions = {
  "a branch": { on: "branch", name: "x" },
  "a branch that changed no docs": { on: "branch", name: "x", changes: ["src/a"] },
  "a branch with a merge request": { on: "branch", name: "x", openMergeRequests: ["acme/shop!1"] },
  "the default branch": { on: "default branch" },
  "a merge request": { on: "merge request", source: "x" },
  "a fork's": { on: "merge request", source: "main", fork: true },
  "a tag": { on: "tag", name: "v1" },
  "a protected tag": { on: "tag", name: "v1", protected: true },
  "a schedule": {
    on: "schedule",
    description: "nightly",
    variables: [{ key: "JOB", value: "backup" }],
    changes: [],
  },
} as const satisfies Record<string, Occasion>;

const names = (jobs: readonly DryJob[]) =>
  jobs.map(({ name, when }) => (when === "on_success" ? name : `${name} (${when})`));

describe("planPipelines", () => {
  let plans: Record<keyof typeof occasions, readonly DryJob[]>;
  beforeAll(async () => {
    plans = await planPipelines(yaml, occasions, { variables, files });
  });

  test.each<[keyof typeof occasions, string[]]>([
    ["a branch", [...cells, "docs"]],
    ["a branch that changed no docs", cells],
    ["a branch with a merge request", []],
    ["the default branch", [...cells, "protected", "docs", "secret"]],
    ["a merge request", [...cells, "docs"]],
    ["a fork's", [...cells, "fork", "docs"]],
    ["a tag", [...cells, "docs", "rollback (manual)"]],
    ["a protected tag", [...cells, "protected", "docs", "rollback (manual)", "secret"]],
    ["a schedule", [...cells, "protected", "backup", "secret"]],
  ])("%s", (occasion, expected) => {
    expect(names(plans[occasion])).toEqual(expected);
  });

  test("says after which jobs one comes, and whether it may fail", () => {
    expect(plans["a protected tag"].find(({ name }) => name === "rollback")).toEqual({
      ...{ name: "rollback", stage: "operate", when: "manual", allowFailure: true, tags: [] },
      ...{ after: cells, artifactsOf: cells },
    });
  });
});

describe("planPipeline", () => {
  test("a run by hand, without the file that a rule looks for", async () => {
    const occasion = { on: "web", branch: "x" } as const;
    const { "mkdocs.yml": _, ...included } = files;
    expect(names(await planPipeline(yaml, { occasion, files: included }))).toEqual(cells);
  });

  test("refuses what GitLab would refuse", async () => {
    const occasion = { on: "branch", name: "x" } as const;
    const needy = "a: {script: [echo], needs: [b]}\nb: {script: [echo], rules: [{if: $NOTHING}]}\n";
    await expect(planPipeline(needy, { occasion })).rejects.toThrow("'a' job needs 'b' job");
    await expect(planPipeline("a: {stage: nowhere, script: [echo]}\n", { occasion })).rejects.toThrow(
      /^acme\/shop on a branch has no valid pipeline:\n.*nowhere/,
    );
  });
});
