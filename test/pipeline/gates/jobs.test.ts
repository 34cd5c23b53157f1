/** The gates as jobs: which there are, when they start, and that nothing switches one off but the stack. */
import { describe, expect, it } from "vitest";
import { candidatesOf } from "../../../pipeline/candidates.ts";
import { checkPipeline } from "../../../pipeline/check/index.ts";
import type { Job, Pipeline, Step } from "../../../pipeline/model.ts";
import { pipelineFor } from "../../../pipeline/pipeline.ts";
import { targetOf } from "../../../pipeline/target.ts";
import { toolImage } from "../../../pipeline/tools.ts";
import { parsed, problems, seedValues } from "../../configs.ts";

const valuesWith = (project: Record<string, unknown>) => {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, project);
  return values;
};

function pipelineWith(project: Record<string, unknown>): Pipeline {
  const { fleets, projects } = parsed(valuesWith(project));
  const [fleet, target] = [fleets[0], projects[0]];
  if (!fleet || !target) throw new Error("the configuration has no fleet or no project");
  const pipeline = pipelineFor(targetOf("dev", target, fleet));
  expect(checkPipeline(pipeline)).toEqual([]);
  return pipeline;
}

const TEST = { image: "python:3.13-slim", command: "pytest" };
const EVERYTHING = { gates: { commitlint: true, test: TEST } };
const GATES = ["hadolint", "gitleaks", "commitlint", "test", "trivy", "attestations"];
const gatesOf = ({ jobs }: Pipeline): string[] => GATES.filter((name) => jobs[name]);

function jobOf(pipeline: Pipeline, name: string): Job {
  const job = pipeline.jobs[name];
  if (!job) throw new Error(`no job ${name}`);
  const bases = (job.extends ?? []).map((base) => pipeline.hidden[base]);
  return Object.assign({}, ...bases, job);
}

const text = (steps: readonly Step[]): string =>
  steps.map((step) => ("run" in step ? step.run : "")).join("");

describe("gates", () => {
  it("are those that cost a project nothing to have, unless the stack says more", () => {
    expect(gatesOf(pipelineWith({}))).toEqual(["hadolint", "gitleaks", "trivy", "attestations"]);
    expect(gatesOf(pipelineWith(EVERYTHING))).toEqual(GATES);
  });

  it.each(["hadolint", "gitleaks", "trivy", "attestations"])("%s is switched off by a line", (name) => {
    const pipeline = pipelineWith({ gates: { [name]: false } });
    expect(gatesOf(pipeline)).not.toContain(name);
    expect(gatesOf(pipeline)).toHaveLength(3);
    expect(Object.keys(pipeline.hidden).includes(".trivy")).toBe(name !== "trivy");
  });

  it.each(GATES)("%s stands before promotion, may not fail, and reaches no socket", (name) => {
    const pipeline = pipelineWith(EVERYTHING);
    const job = jobOf(pipeline, name);
    expect(pipeline.stages.indexOf(job.stage)).toBeLessThan(pipeline.stages.indexOf("promote"));
    expect(pipeline.jobs.promote).not.toHaveProperty("needs");
    expect(job).toMatchObject({
      tags: ["buildx-$TRUST_LEVEL-plain"],
      interruptible: true,
      retry: { max: 2, when: ["runner_system_failure", "scheduler_failure"] },
    });
    expect(job).not.toHaveProperty("allow_failure");
  });

  it.each(["hadolint", "gitleaks", "commitlint", "test"])("%s starts at once", (name) => {
    expect(jobOf(pipelineWith(EVERYTHING), name)).toMatchObject({ stage: "check", needs: [] });
  });

  it.each(["hadolint", "gitleaks", "commitlint", "trivy"] as const)(
    "%s runs its pinned image with a shell",
    (name) => {
      expect(jobOf(pipelineWith(EVERYTHING), name).image).toEqual({
        name: toolImage(name),
        entrypoint: [""],
      });
    },
  );

  it("start in every pipeline, but for commitlint, which asks a merge request", () => {
    const pipeline = pipelineWith(EVERYTHING);
    expect(jobOf(pipeline, "commitlint").rules).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "merge_request_event"' },
    ]);
    for (const name of GATES.filter((gate) => gate !== "commitlint"))
      expect(pipeline.jobs[name]).not.toHaveProperty("rules");
  });

  it("take no setting from a variable that somebody could set", () => {
    const pipeline = pipelineWith({
      gates: {
        commitlint: { config: "lint.yaml" },
        hadolint: { threshold: "style", ignore: ["DL3008"] },
        trivy: { severity: ["LOW"], ignoreUnfixed: false, ignoreFile: "accepted.yaml" },
      },
    });
    expect(text(jobOf(pipeline, "hadolint").script)).toMatch(
      /^set -- --failure-threshold style --ignore DL3008 -- Dockerfile db\/Dockerfile\n/,
    );
    expect(text(jobOf(pipeline, "commitlint").script)).toMatch(/^set -- --config lint\.yaml\n/);
    expect(text(jobOf(pipeline, "trivy").script)).toContain(
      "SEVERITY=LOW\nIGNORE_UNFIXED=false\nIGNORE_FILE=accepted.yaml\nset --\n",
    );
    expect(text(jobOf(pipeline, "attestations").script)).toMatch(/^SBOM=true\n/);
    for (const name of ["hadolint", "trivy", "attestations"])
      expect(pipeline.jobs[name]).not.toHaveProperty("variables");
  });

  it("have the whole history where they read it", () => {
    const pipeline = pipelineWith(EVERYTHING);
    for (const name of ["gitleaks", "commitlint"])
      expect(jobOf(pipeline, name).variables).toEqual({ GIT_DEPTH: "0" });
  });
});

describe("hadolint", () => {
  it("looks at a Dockerfile once, wherever the image's context is", () => {
    const images = [
      { name: "a" },
      { name: "b", target: "x" },
      { name: "c", context: "services/c", dockerfile: "docker/Dockerfile.prod" },
    ];
    expect(text(jobOf(pipelineWith({ images }), "hadolint").script).split("\n")[0]).toBe(
      "set -- --failure-threshold error -- Dockerfile services/c/docker/Dockerfile.prod",
    );
  });

  it("hands on its findings whether or not they fail the job", () => {
    expect(jobOf(pipelineWith({}), "hadolint").artifacts).toMatchObject({
      when: "always",
      reports: { codequality: "gl-code-quality-report.json" },
    });
  });
});

describe("test", () => {
  const test = (settings: Record<string, unknown>) =>
    pipelineWith({ gates: { test: { ...TEST, ...settings } } }).jobs.test;

  it("is the project's own image, command and services", () => {
    const services = [
      { image: "postgres:17", alias: "db", variables: { POSTGRES_PASSWORD: "x" } },
      { image: "redis:8", alias: "cache" },
    ];
    const job = test({ services, before: ["pip install -r requirements.txt"], variables: { MODE: "test" } });
    expect(job).toMatchObject({
      image: { name: "python:3.13-slim" },
      services: [
        { name: "postgres:17", alias: "db", variables: { POSTGRES_PASSWORD: "x" } },
        { name: "redis:8", alias: "cache" },
      ],
      variables: { MODE: "test" },
    });
    expect(job?.script.map((step) => "run" in step && step.run)).toEqual([
      "pip install -r requirements.txt",
      "pytest",
    ]);
    expect(job).not.toHaveProperty("artifacts");
  });

  it("quotes a command of words", () => {
    const job = test({ command: ["npm", "test", "--", "it's $HOME"] });
    expect(job?.script).toEqual([{ run: "npm test -- 'it'\\''s $HOME'" }]);
  });

  it("passes JUnit reports and coverage on", () => {
    const coverage = {
      pattern: "/^TOTAL.*?(\\d+)%$/",
      report: { format: "cobertura", path: "coverage.xml" },
    };
    expect(test({ junit: ["junit.xml"], coverage })).toMatchObject({
      coverage: "/^TOTAL.*?(\\d+)%$/",
      artifacts: {
        when: "always",
        reports: {
          junit: ["junit.xml"],
          coverage_report: { coverage_format: "cobertura", path: "coverage.xml" },
        },
      },
    });
  });
});

const matrix = { PYTHON_VERSION: ["3.12", "3.13"] };

describe("trivy", () => {
  it("has a job for each candidate, each with the one report that GitLab reads of a job", () => {
    const pipeline = pipelineWith({});
    expect(jobOf(pipeline, "trivy")).toMatchObject({
      stage: "verify",
      needs: [{ job: "docker-build" }],
      parallel: { matrix: [{ CANDIDATE: ["app", "db-init"] }] },
      artifacts: {
        when: "always",
        reports: {
          container_scanning: "gl-container-scanning-report.json",
          cyclonedx: ["gl-sbom-trivy.cdx.json"],
        },
      },
    });
  });

  it("waits for the cells of a matrix, which other branches do not push", () => {
    const pipeline = pipelineWith({ images: [{ name: "web", matrix }, { name: "app" }] });
    expect(jobOf(pipeline, "trivy-web")).toMatchObject({
      needs: [{ job: "build-and-push-web" }],
      rules: [{ if: "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH || $CI_COMMIT_TAG" }],
      parallel: { matrix: [{ CANDIDATE: candidatesOf({ name: "web", matrix }) }] },
    });
    expect(jobOf(pipeline, "trivy").parallel).toEqual({ matrix: [{ CANDIDATE: ["app"] }] });
  });

  it("takes its databases from a mirror of the stack's", () => {
    const trivy = { database: "r.example.com/trivy-db:2", javaDatabase: "r.example.com/trivy-java-db:1" };
    expect(text(jobOf(pipelineWith({ gates: { trivy } }), "trivy").script)).toContain(
      "set -- --db-repository r.example.com/trivy-db:2 --java-db-repository r.example.com/trivy-java-db:1\n",
    );
  });
});

describe("attestations", () => {
  it("has BuildKit make a bill of materials by the pinned scanner, in every job that builds", () => {
    const pipeline = pipelineWith({ images: [{ name: "web", matrix }, { name: "app" }] });
    const generator = { SBOM_GENERATOR: toolImage("buildkitSyftScanner") };
    expect(pipeline.jobs["docker-build"]?.variables).toMatchObject(generator);
    expect(pipeline.hidden[".build-web"]?.variables).toMatchObject(generator);
  });

  it.each([{ sbom: false }, false])("asks for none with attestations: %j", (attestations) => {
    expect(pipelineWith({ gates: { attestations } }).jobs["docker-build"]?.variables).not.toHaveProperty(
      "SBOM_GENERATOR",
    );
  });

  it("asks each image for what it has on its branch", () => {
    const both = pipelineWith({ images: [{ name: "web", matrix }, { name: "app" }] });
    expect(both.jobs.attestations).toMatchObject({
      needs: [{ job: "docker-build" }, { job: "build-and-push-web", optional: true }],
    });
    expect(both.jobs.attestations).not.toHaveProperty("rules");
    expect(pipelineWith({ images: [{ name: "web", matrix }] }).jobs.attestations).toMatchObject({
      needs: [{ job: "build-and-push-web" }],
      rules: [{ if: "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH || $CI_COMMIT_TAG" }],
    });
  });
});

describe("tools", () => {
  it("come from a mirror under their pins, or from where the stack says", () => {
    const tools = { mirror: "r.example.com/mirror", images: { hadolint: "r.example.com/lint/hadolint:1" } };
    const pipeline = pipelineWith({ tools });
    expect(jobOf(pipeline, "hadolint").image).toMatchObject({ name: "r.example.com/lint/hadolint:1" });
    expect(jobOf(pipeline, "gitleaks").image).toMatchObject({
      name: toolImage("gitleaks", { mirror: "r.example.com/mirror" }),
    });
    expect(pipeline.hidden[".registry"]?.image).toBe(toolImage("docker", { mirror: "r.example.com/mirror" }));
  });

  it("leave the jobs' image to the project", () => {
    expect(pipelineWith({ jobImage: "docker:29-cli" }).hidden[".registry"]?.image).toBe("docker:29-cli");
  });
});

describe("the stack's configuration", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["a threshold that hadolint does not know", { hadolint: { threshold: "fatal" } }, /gates\.hadolint/],
    ["a rule that is none", { hadolint: { ignore: ["3008"] } }, /DL3008/],
    ["a severity that Trivy does not know", { trivy: { severity: ["SEVERE"] } }, /gates\.trivy/],
    ["no severity", { trivy: { severity: [] } }, /gates\.trivy/],
    ["an ignore file without dates", { trivy: { ignoreFile: ".trivyignore" } }, /expiry dates/],
    ["a path outside the repository", { commitlint: { config: "../x" } }, /inside the repository/],
    ["tests without an image", { test: { command: "pytest" } }, /gates\.test\.image/],
    [
      "a coverage pattern without slashes",
      { test: { ...TEST, coverage: { pattern: "x" } } },
      /between slashes/,
    ],
    ["Docker-in-Docker beside the tests", { test: { ...TEST, image: "docker:28-dind" } }, /Docker-in-Docker/],
    ["a gate that does not exist", { hadolnt: true }, /hadolint/],
  ])("refuses %s", (_, gates, message) => {
    expect(problems(valuesWith({ gates })).join("\n")).toMatch(message);
  });

  it("refuses gates on a fleet whose jobs have no image, and says how to go without", () => {
    const values = valuesWith({ gates: { test: TEST }, images: [{ name: "app" }] });
    Object.assign(values.fleets[0] ?? {}, { executor: "shell" });
    const found = problems(values).join("\n");
    for (const name of ["hadolint", "gitleaks", "test", "trivy"])
      expect(found).toMatch(new RegExp(`gates\\.${name}.*(?:false|none): linux has executor: shell`));
    const without = { hadolint: false, gitleaks: false, trivy: false };
    Object.assign(values.projects[0] ?? {}, { gates: without });
    expect(problems(values)).toEqual([]);
  });
});
