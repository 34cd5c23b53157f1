/** What a project changes in its generated jobs. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkPipeline } from "../../pipeline/check/index.ts";
import type { Pipeline } from "../../pipeline/model.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { renderPipeline } from "../../pipeline/render.ts";
import { targetOf } from "../../pipeline/target.ts";
import { parsed, seedValues } from "../configs.ts";

function config(project: Record<string, unknown>) {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, project);
  return { ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.com" };
}

function pipeline(project: Record<string, unknown>): Pipeline {
  const { fleets, projects } = config(project);
  const [fleet, first] = [fleets[0], projects[0]];
  if (!fleet || !first) throw new Error("the configuration has no fleet or no project");
  return pipelineFor(targetOf("dev", first, fleet));
}

const texts = (job: Pipeline["jobs"][string] | undefined) =>
  (job?.script ?? []).map((step) => ("run" in step ? step.run : "!reference"));

describe("hooks", () => {
  it("run before the build, and nowhere else", () => {
    const { jobs } = pipeline({ hooks: { beforeBuild: ["make generate", "make check"] } });
    const steps = texts(jobs["docker-build"]);
    const hook = steps.indexOf("make generate\nmake check\n");
    expect(steps[hook + 1]).toContain("docker buildx bake");
    expect(texts(jobs.promote).join()).not.toContain("make generate");
  });

  it("run in the jobs of a matrix, too", () => {
    const images = [{ name: "web", matrix: { PYTHON_VERSION: ["3.12"] } }];
    const { jobs } = pipeline({ images, hooks: { beforeBuild: ["make generate"] } });
    for (const name of ["build-web", "build-and-push-web"])
      expect(texts(jobs[name])[0]).toBe("make generate\n");
  });

  it("put rules in front of a job's own", () => {
    const freeze = { if: '$FREEZE == "true"', when: "never" };
    const { jobs } = pipeline({ hooks: { rules: { promote: [freeze], "docker-build": [freeze] } } });
    expect(jobs.promote?.rules?.[0]).toEqual(freeze);
    expect(jobs.promote?.rules?.length).toBeGreaterThan(1);
    // A job without rules would have started; it still does.
    expect(jobs["docker-build"]?.rules).toEqual([freeze, { when: "on_success" }]);
  });

  it("end a job's rules at one that always matches", () => {
    const { jobs } = pipeline({ hooks: { rules: { promote: [{ when: "manual" }] } } });
    expect(jobs.promote?.rules).toEqual([{ when: "manual" }]);
  });

  it("ask for further runner tags by class", () => {
    const { jobs } = pipeline({ hooks: { tags: { socket: ["big-disk"], plain: ["small"] } } });
    expect(jobs["docker-build"]?.tags).toEqual(["buildx-$TRUST_LEVEL", "big-disk"]);
    expect(jobs.promote?.tags).toEqual(["buildx-$TRUST_LEVEL-plain", "small"]);
  });

  it("add variables, and take none of the pipeline's own", () => {
    const { variables } = pipeline({ hooks: { variables: { MODE: "fast", TRUST_LEVEL: "protected" } } });
    expect(variables).toMatchObject({ MODE: "fast", TRUST_LEVEL: "open" });
  });

  it("may read variables that only the project knows", () => {
    expect(checkPipeline(pipeline({ hooks: { beforeBuild: ['echo "$PROJECT_SETTING"'] } }))).toEqual([]);
    const rules = { promote: [{ if: "$FREEZE", when: "never" }] };
    expect(checkPipeline(pipeline({ hooks: { rules } }))).toEqual([]);
  });

  it.each([
    [
      { rules: { promot: [{ when: "never" }] } },
      /hooks\.rules\.promot: no job of this pipeline; did you mean promote\?/,
    ],
    [{ beforeBuild: ["if true; then"] }, /docker-build: script step \d+ is no valid shell/],
    [
      { rules: { promote: [{ if: "$CI_COMIT_TAG", when: "never" }] } },
      /promote: a rule reads \$CI_COMIT_TAG, which nobody sets/,
    ],
    [{ beforeBuild: ["docker run --privileged x:1"] }, /asks for privileges/],
  ])("%j stop the run before anything changes", (hooks, message) => {
    const stack = config({ hooks });
    const [project] = stack.projects;
    if (!project) throw new Error("the configuration has no project");
    expect(() => projectFiles(stack, project)).toThrow(message);
    expect(() => projectFiles(stack, project)).toThrow(/nothing was changed/);
  });
});

describe("extraJobs", () => {
  it("are included from the repository, and may stand in any stage", () => {
    const file = parse(renderPipeline(pipeline({ extraJobs: "ci/jobs.yml" })), { logLevel: "silent" });
    expect(file.include).toEqual([{ local: "/ci/jobs.yml" }]);
    expect(file.stages).toEqual(["check", "build", "verify", "sign", "promote", "operate"]);
  });
});
