import { delimiter, dirname, resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkPipeline } from "../../pipeline/check/index.ts";
import type { Job, Pipeline } from "../../pipeline/model.ts";
import { shellcheckPath } from "../tools/shellcheck.ts";

const job = (parts: Partial<Job> = {}): Job => ({
  comment: "A job.",
  stage: "build",
  image: "docker:28.3.3-cli",
  tags: ["buildx"],
  script: [{ run: "true" }],
  ...parts,
});

const pipeline = (jobs: Record<string, Job>, parts: Partial<Pipeline> = {}): Pipeline => ({
  header: ["A test."],
  stages: ["build", "promote"],
  workflow: { rules: [{ if: "$CI_COMMIT_BRANCH" }] },
  variables: {},
  projectVariables: [],
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
    { hadolint: { comment: "A job.", stage: "build", tags: ["x"], script: [{ run: "true" }] } },
    "hadolint: has no image",
  ],
  [
    "no tags",
    { hadolint: { comment: "A job.", stage: "build", image: "x:1", script: [{ run: "true" }] } },
    "hadolint: has no tags, so that any runner may take it",
  ],
  [
    "rules behind one that always matches",
    { hadolint: job({ rules: [{ when: "on_success" }, { if: "$CI_COMMIT_TAG", when: "never" }] }) },
    "hadolint: rule 1 always matches, so those after it never do",
  ],
  [
    "more patterns than GitLab reads",
    {
      hadolint: job({
        rules: [{ changes: ["a", ...Array.from({ length: 50 }, (_, index) => `b/${index}`)] }],
      }),
    },
    "hadolint: a rule has 51 patterns of changes; 50 at most",
  ],
  [
    "a pattern that matches nothing",
    { hadolint: job({ rules: [{ if: "$CI_COMMIT_TAG", changes: ["src/**/*", "./src"] }] }) },
    "hadolint: './src' matches no file; write it from the repository's root",
  ],
  [
    "two deployments at once",
    { hadolint: job({ environment: { name: "prod" } }) },
    "hadolint: has no resource_group, so that two may deploy to 'prod' at once",
  ],
  [
    "a deployment that ends halfway",
    { hadolint: job({ environment: { name: "prod" }, resource_group: "prod", interruptible: true }) },
    "hadolint: is interruptible, so that a deployment to 'prod' may end halfway",
  ],
  [
    "rules that stop before they start",
    { hadolint: job({ rules: [{ when: "never" }, { if: "$CI_COMMIT_TAG" }] }) },
    "hadolint: no rule can ever start it",
  ],
  [
    "a rule on what only a runner knows",
    { hadolint: job({ rules: [{ if: "$CI_JOB_ID" }] }) },
    "hadolint: a rule reads $CI_JOB_ID, which is not known before a runner takes the job",
  ],
  [
    "a rule on what nobody sets",
    { hadolint: job({ rules: [{ if: '$CI_COMIT_TAG == "v1"' }] }) },
    "hadolint: a rule reads $CI_COMIT_TAG, which nobody sets",
  ],
  [
    "a variable that nobody sets",
    { hadolint: run('echo "$CI_COMIT_SHA"') },
    "hadolint: reads $CI_COMIT_SHA, which nobody sets",
  ],
  [
    "a variable in a command in a string",
    { hadolint: run('echo "$(basename "$IMAGE" \'$B\')"') },
    "hadolint: reads $IMAGE, which nobody sets",
  ],
  [
    "an image without a version",
    { hadolint: job({ image: "registry.example.com:5000/lint" }) },
    "hadolint: image 'registry.example.com:5000/lint' is whatever was pushed last; give it a version or a digest",
  ],
  [
    "a service that moves",
    { hadolint: job({ services: [{ name: "redis:latest", alias: "redis" }] }) },
    "hadolint: image 'redis:latest' is whatever was pushed last; give it a version or a digest",
  ],
  [
    "artifacts of a job that is not there",
    { hadolint: job({ dependencies: ["trivy"] }) },
    "hadolint: takes artifacts of 'trivy', which is no job of this pipeline",
  ],
  [
    "artifacts of the same stage",
    { hadolint: job({ dependencies: ["trivy"] }), trivy: job({ artifacts: { paths: ["x"] } }) },
    "hadolint: takes artifacts of 'trivy', which is in no earlier stage",
  ],
  [
    "privileged",
    { hadolint: run("docker run --privileged alpine") },
    "hadolint: script step 1, line 1 asks for privileges; jobs build on the host's rootless daemon",
  ],
  [
    "dind",
    { hadolint: job({ services: [{ name: "docker:28-dind", alias: "docker" }] }) },
    "hadolint: services uses Docker-in-Docker; jobs build on the host's rootless daemon",
  ],
  [
    "password argument",
    { hadolint: run('docker login -u me -p "$CI_JOB_TOKEN" r.example.com') },
    "hadolint: script step 1, line 1 passes a password as an argument; use --password-stdin",
  ],
  [
    "GitLab token",
    { hadolint: run("curl -H 'PRIVATE-TOKEN: glpat-abcdefghijkl'") },
    "hadolint: script step 1, line 1 holds a GitLab token",
  ],
  [
    "private key",
    { hadolint: job({ variables: { KEY: "-----BEGIN OPENSSH PRIVATE KEY-----" } }) },
    "hadolint: variables holds a private key",
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

  it.each([
    ["what the script sets", 'A=1; echo "$A"; for B in x; do echo "$B"; done; read -r C; echo "$C"'],
    ["what it asks for", 'echo "${D:-none}"; if [ -n "${E:-}" ]; then echo "$E"; fi'],
    ["what is no variable", "echo '$F' \"\\$G\" # $H\ncat <<'EOF'\n$I\nEOF\n"],
    ["what GitLab sets", 'echo "$CI_COMMIT_SHA $CI_JOB_ID $HOME"'],
  ])("no fault with %s", (_, text) => {
    expect(checkPipeline(pipeline({ hadolint: run(text) }))).toEqual([]);
  });

  it("a variable without quotes in what a user wrote", () => {
    // Where it is not installed, tests bring their own.
    vi.stubEnv("PATH", [process.env.PATH, dirname(resolve(shellcheckPath()))].join(delimiter));
    const own = (text: string) => job({ script: [{ run: text, own: true }] });
    expect(checkPipeline(pipeline({ hadolint: own("A='x y'\nls $A\n") }))).toEqual([
      "hadolint: script step 1, line 2: Double quote to prevent globbing and word splitting. (SC2086)",
    ]);
    expect(checkPipeline(pipeline({ hadolint: own("A='x y'\nls \"$A\"\n") }))).toEqual([]);
  });

  it("no fault with rules on changes before others, nor with jobs that only look at an environment", () => {
    const looks = job({
      rules: [{ changes: ["src/**/*"] }, { if: "$CI_COMMIT_TAG" }],
      environment: { name: "prod", action: "access" },
      interruptible: true,
    });
    expect(checkPipeline(pipeline({ hadolint: looks }))).toEqual([]);
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
