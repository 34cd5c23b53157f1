import { describe, expect, it } from "vitest";
import { checkPipeline } from "../../pipeline/check/index.ts";
import type { Job, Pipeline } from "../../pipeline/model.ts";
import { renderPipeline } from "../../pipeline/render.ts";

/** A pipeline with stages and jobs of its own. */
const own: Pipeline<"plan" | "apply", "plan-a" | "apply-a"> = {
  header: ["A test."],
  stages: ["plan", "apply"],
  workflow: {
    auto_cancel: { on_new_commit: "interruptible" },
    rules: [{ if: "$CI_COMMIT_BRANCH", auto_cancel: { on_new_commit: "none" } }],
  },
  variables: {},
  projectVariables: [],
  hidden: {},
  jobs: {
    "plan-a": {
      comment: "Plans.",
      stage: "plan",
      image: "tool:1",
      tags: [],
      rules: [{ if: "$CI_MERGE_REQUEST_IID", changes: ["a/**/*"] }],
      environment: { name: "plan/a", action: "access" },
      cache: { key: { files: ["lock"] }, paths: [".cache/"] },
      script: [{ run: "true" }],
      artifacts: { paths: ["plan/"], reports: { terraform: "plan/a.json" }, access: "developer" },
    },
    "apply-a": {
      comment: "Applies.",
      stage: "apply",
      image: "tool:1",
      tags: [],
      needs: [{ job: "plan-a", optional: true }],
      environment: { name: "a", deployment_tier: "production" },
      script: [{ run: "true" }],
      resource_group: "a",
    },
  },
};

describe("a pipeline with stages and jobs of its own", () => {
  it("is checked and written like a target project's", () => {
    expect(checkPipeline(own)).toEqual([]);
    expect(renderPipeline(own)).toBe(`# A test.

stages:
  - plan
  - apply

workflow:
  auto_cancel:
    on_new_commit: interruptible
  rules:
    - if: $CI_COMMIT_BRANCH
      auto_cancel:
        on_new_commit: none

variables: {}

# Plans.
plan-a:
  stage: plan
  image: tool:1
  rules:
    - if: $CI_MERGE_REQUEST_IID
      changes:
        - a/**/*
  environment:
    name: plan/a
    action: access
  cache:
    key:
      files:
        - lock
    paths:
      - .cache/
  script:
    - "true"
  artifacts:
    paths:
      - plan/
    reports:
      terraform: plan/a.json
    access: developer

# Applies.
apply-a:
  stage: apply
  image: tool:1
  needs:
    - job: plan-a
      optional: true
  environment:
    name: a
    deployment_tier: production
  script:
    - "true"
  resource_group: a
`);
  });

  it("keeps to its names, and a target project's to that one's", () => {
    // @ts-expect-error a target project has no such stage
    const stage: Job = { comment: "", stage: "plan", script: [{ run: "true" }] };
    // @ts-expect-error nor such a job
    const need: Job = { comment: "", stage: "build", needs: [{ job: "plan-a" }], script: [{ run: "true" }] };
    // @ts-expect-error and this one has no job of a target project
    const other: Pipeline<"plan", "plan-a">["hidden"] = { ".a": { comment: "", needs: [{ job: "trivy" }] } };
    const jobs = { ...own.jobs, stage, need, other: { ...stage, needs: other[".a"]?.needs ?? [] } };
    expect(checkPipeline({ ...own, jobs })).toEqual(
      expect.arrayContaining([
        "need: stage 'build' is not in stages: plan, apply",
        "other: needs 'trivy', which is no job of this pipeline",
      ]),
    );
  });
});
