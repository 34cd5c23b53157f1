import { describe, expect, test } from "vitest";
import type { PipelineContext } from "../../../lab/pipeline/context.ts";
import { type JobVariablesInput, jobVariables } from "../../../lab/pipeline/job-variables.ts";
import { Secrets } from "../../../lab/pipeline/variables.ts";

const context: PipelineContext = {
  pipelineId: 1,
  source: "web",
  project: { path: "acme/shop", id: 7, url: "https://gitlab.example.com/acme/shop", defaultBranch: "main" },
  ref: { type: "branch", name: "main", protected: true },
  registry: "registry.example.com",
};

const secrets = new Secrets("MARK");

function variablesOf(runVariables: JobVariablesInput["runVariables"] = []) {
  const job = { name: "build", stage: "build", when: "on_success", variables: { IN_FILE: "file" } };
  return jobVariables({
    ...{ context, secrets, runVariables, ca: undefined, dotenv: {}, variables: [] },
    commit: { sha: "a".repeat(40), timestamp: "", author: "", message: "Change" },
    job: { ...job, cell: { base: "build", total: 1, job: {} } } as unknown as JobVariablesInput["job"],
    runner: { name: "lab", tags: [] } as unknown as JobVariablesInput["runner"],
    credentials: { id: 3, token: "glcbt-secret", idToken: async () => "", finish: () => {} },
  });
}

describe("a job's variables", () => {
  test("have its own token for the project's registry, masked", async () => {
    const { values } = await variablesOf();
    expect(values).toMatchObject({
      CI_REGISTRY: "registry.example.com",
      CI_REGISTRY_IMAGE: "registry.example.com/acme/shop",
      CI_REGISTRY_USER: "gitlab-ci-token",
    });
    expect(secrets.values.get(values.CI_REGISTRY_PASSWORD ?? "")).toBe("glcbt-secret");
    expect(JSON.stringify(values)).not.toContain("glcbt-secret");
  });

  test("are those of the run where it gives any, predefined ones too", async () => {
    const { values } = await variablesOf([
      { key: "CI_COMMIT_SHA", value: "b".repeat(40) },
      { key: "CI_JOB_NAME", value: "another" },
      { key: "IN_FILE", value: "run" },
    ]);
    expect(values).toMatchObject({ CI_COMMIT_SHA: "b".repeat(40), CI_JOB_NAME: "another", IN_FILE: "run" });
  });
});
