import { describe, expect, it } from "vitest";
import { checkPipeline } from "../../pipeline/check.ts";
import type { Job, Pipeline } from "../../pipeline/model.ts";

const job = (parts: Partial<Job> = {}): Job => ({
  comment: "A job.",
  stage: "build",
  image: "docker:28.3.3-cli",
  script: [{ run: "true" }],
  ...parts,
});

const pipeline = (jobs: Record<string, Job>, parts: Partial<Pipeline> = {}): Pipeline => ({
  header: ["A test."],
  stages: ["build", "promote"],
  workflow: { rules: [{ if: "$CI_COMMIT_BRANCH" }] },
  variables: {},
  hidden: {},
  jobs,
  ...parts,
});

const run = (text: string): Job => job({ script: [{ run: text }] });

const mistakes: readonly [string, Record<string, Job>, string][] = [
  ["no job", {}, "the pipeline has no job"],
  [
    "unknown stage",
    { hadolint: job({ stage: "verify" }) },
    "hadolint: stage 'verify' is not in stages: build, promote",
  ],
  [
    "unknown need",
    { hadolint: job({ needs: [{ job: "trivy" }] }) },
    "hadolint: needs 'trivy', which is no job of this pipeline",
  ],
  [
    "need of a later stage",
    { hadolint: job({ needs: [{ job: "trivy" }] }), trivy: job({ stage: "promote" }) },
    "hadolint: needs 'trivy' of the later stage 'promote'",
  ],
  [
    "artifacts that nobody makes",
    { hadolint: job({ needs: [{ job: "trivy", artifacts: true }] }), trivy: job() },
    "hadolint: needs artifacts of 'trivy', which produces none",
  ],
  ["unknown base", { hadolint: job({ extends: [".b"] }) }, "hadolint: extends '.b', which is not there"],
  [
    "dangling reference",
    { hadolint: job({ before_script: [{ reference: [".b", "before_script"] }] }) },
    "hadolint: refers to before_script of '.b', which is not there",
  ],
  [
    "rules that never match",
    { hadolint: job({ rules: [{ when: "never" }] }) },
    "hadolint: no rule can ever start it",
  ],
  [
    "no image",
    { hadolint: { comment: "A job.", stage: "build", script: [{ run: "true" }] } },
    "hadolint: has no image",
  ],
  [
    "privileged",
    { hadolint: run("docker run --privileged alpine") },
    "hadolint: a line asks for privileges; jobs build on the host's rootless daemon",
  ],
  [
    "dind",
    { hadolint: job({ services: [{ name: "docker:28-dind", alias: "docker" }] }) },
    "hadolint: a line uses Docker-in-Docker; jobs build on the host's rootless daemon",
  ],
  [
    "password argument",
    { hadolint: run('docker login -u me -p "$P" r.example.com') },
    "hadolint: a line passes a password as an argument; use --password-stdin",
  ],
  [
    "GitLab token",
    { hadolint: run("curl -H 'PRIVATE-TOKEN: glpat-abcdefghijkl'") },
    "hadolint: a line holds a GitLab token",
  ],
  [
    "private key",
    { hadolint: job({ variables: { KEY: "-----BEGIN OPENSSH PRIVATE KEY-----" } }) },
    "hadolint: a line holds a private key",
  ],
];

describe("check finds", () => {
  it.each(mistakes)("%s", (_, jobs, message) => {
    expect(checkPipeline(pipeline(jobs))).toEqual([message]);
  });

  it("a cycle", () => {
    const jobs = {
      hadolint: job({ needs: [{ job: "trivy" }] }),
      trivy: job({ needs: [{ job: "hadolint" }] }),
    };
    expect(checkPipeline(pipeline(jobs))).toEqual([
      "hadolint: needs itself, through its needs",
      "trivy: needs itself, through its needs",
    ]);
  });

  it("a syntax error in a script", () => {
    expect(checkPipeline(pipeline({ hadolint: run("if true; then\n") }))).toEqual([
      expect.stringMatching(/^hadolint: script step 1 is no valid shell: .+/),
    ]);
  });

  it("nothing in a sound pipeline", () => {
    const hidden = {
      ".base": { comment: "Shared.", image: "docker:28.3.3-cli", before_script: [{ run: "true" }] },
    };
    const a = job({
      before_script: [{ reference: [".base", "before_script"] }],
      artifacts: { paths: ["x"] },
    });
    const { image: _, ...bare } = job({
      stage: "promote",
      extends: [".base"],
      needs: [{ job: "hadolint", artifacts: true }],
    });
    expect(checkPipeline(pipeline({ hadolint: a, trivy: bare }, { hidden }))).toEqual([]);
  });
});
