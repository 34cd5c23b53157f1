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
  ["unknown stage", { a: job({ stage: "test" }) }, "a: stage 'test' is not in stages: build, promote"],
  ["unknown need", { a: job({ needs: [{ job: "b" }] }) }, "a: needs 'b', which is no job of this pipeline"],
  [
    "need of a later stage",
    { a: job({ needs: [{ job: "b" }] }), b: job({ stage: "promote" }) },
    "a: needs 'b' of the later stage 'promote'",
  ],
  [
    "artifacts that nobody makes",
    { a: job({ needs: [{ job: "b", artifacts: true }] }), b: job() },
    "a: needs artifacts of 'b', which produces none",
  ],
  ["unknown base", { a: job({ extends: [".b"] }) }, "a: extends '.b', which is not there"],
  [
    "dangling reference",
    { a: job({ before_script: [{ reference: [".b", "before_script"] }] }) },
    "a: refers to before_script of '.b', which is not there",
  ],
  ["rules that never match", { a: job({ rules: [{ when: "never" }] }) }, "a: no rule can ever start it"],
  ["no image", { a: { comment: "A job.", stage: "build", script: [{ run: "true" }] } }, "a: has no image"],
  [
    "privileged",
    { a: run("docker run --privileged alpine") },
    "a: a line asks for privileges; jobs build on the host's rootless daemon",
  ],
  [
    "dind",
    { a: job({ services: [{ name: "docker:28-dind", alias: "docker" }] }) },
    "a: a line uses Docker-in-Docker; jobs build on the host's rootless daemon",
  ],
  [
    "password argument",
    { a: run('docker login -u me -p "$P" r.example.com') },
    "a: a line passes a password as an argument; use --password-stdin",
  ],
  [
    "GitLab token",
    { a: run("curl -H 'PRIVATE-TOKEN: glpat-abcdefghijkl'") },
    "a: a line holds a GitLab token",
  ],
  [
    "private key",
    { a: job({ variables: { KEY: "-----BEGIN OPENSSH PRIVATE KEY-----" } }) },
    "a: a line holds a private key",
  ],
];

describe("check finds", () => {
  it.each(mistakes)("%s", (_, jobs, message) => {
    expect(checkPipeline(pipeline(jobs))).toEqual([message]);
  });

  it("a cycle", () => {
    const jobs = { a: job({ needs: [{ job: "b" }] }), b: job({ needs: [{ job: "a" }] }) };
    expect(checkPipeline(pipeline(jobs))).toEqual([
      "a: needs itself, through its needs",
      "b: needs itself, through its needs",
    ]);
  });

  it("a syntax error in a script", () => {
    expect(checkPipeline(pipeline({ a: run("if true; then\n") }))).toEqual([
      expect.stringMatching(/^a: script step 1 is no valid shell: .+/),
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
      needs: [{ job: "a", artifacts: true }],
    });
    expect(checkPipeline(pipeline({ a, b: bare }, { hidden }))).toEqual([]);
  });
});
