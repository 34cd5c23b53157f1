import { describe, expect, test } from "vitest";
import { type DryRun, type Occasion, planPipeline } from "../../../lab/pipeline/index.ts";

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

const names = async (occasion: Occasion, more: Partial<DryRun> = {}) =>
  (await planPipeline(yaml, { occasion, files, ...more })).map(({ name, when }) =>
    when === "on_success" ? name : `${name} (${when})`,
  );

const cells = ["build: [1]", "build: [2]"];
const key = { key: "KEY", value: "x", masked: true, protected: true };

describe("planPipeline", () => {
  test.concurrent.each<[string, Occasion, Partial<DryRun>, string[]]>([
    ["a branch", { on: "branch", name: "x" }, { variables: [key] }, [...cells, "docs"]],
    ["a branch that changed no docs", { on: "branch", name: "x" }, { changes: ["src/a"] }, cells],
    [
      "a branch with a merge request",
      { on: "branch", name: "x" },
      { openMergeRequests: ["acme/shop!1"] },
      [],
    ],
    [
      "the default branch",
      { on: "default branch" },
      { variables: [key] },
      [...cells, "protected", "docs", "secret"],
    ],
    ["a merge request", { on: "merge request", source: "x" }, {}, [...cells, "docs"]],
    ["a fork's", { on: "merge request", source: "main", fork: true }, {}, [...cells, "fork", "docs"]],
    ["a tag", { on: "tag", name: "v1" }, {}, [...cells, "docs", "rollback (manual)"]],
    [
      "a schedule",
      { on: "schedule", description: "nightly", variables: [{ key: "JOB", value: "backup" }] },
      { changes: [] },
      [...cells, "protected", "backup"],
    ],
    [
      "a run by hand",
      { on: "web", branch: "x" },
      { files: { "ci/extra.yml": files["ci/extra.yml"] } },
      cells,
    ],
  ])("%s", async (_, occasion, more, expected) => {
    expect(await names(occasion, more)).toEqual(expected);
  });

  test.concurrent("says after which jobs one comes, and whether it may fail", async () => {
    const jobs = await planPipeline(yaml, { occasion: { on: "tag", name: "v1", protected: true }, files });
    expect(jobs.find(({ name }) => name === "rollback")).toEqual({
      ...{ name: "rollback", stage: "operate", when: "manual", allowFailure: true, tags: [] },
      ...{ after: cells, artifactsOf: cells },
    });
  });

  test.concurrent("refuses what GitLab would refuse", async () => {
    const occasion = { on: "branch", name: "x" } as const;
    const needy = "a: {script: [echo], needs: [b]}\nb: {script: [echo], rules: [{if: $NOTHING}]}\n";
    await expect(planPipeline(needy, { occasion })).rejects.toThrow("'a' job needs 'b' job");
    await expect(planPipeline("a: {stage: nowhere, script: [echo]}\n", { occasion })).rejects.toThrow(
      /^acme\/shop on a branch has no valid pipeline:\n.*nowhere/,
    );
  });
});
