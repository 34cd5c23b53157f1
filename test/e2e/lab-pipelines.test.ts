import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import type { PipelineResult } from "../../lab/pipeline/index.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { forkOf } from "../../lab/trigger.ts";
import { explain, statusesOf } from "./results.ts";

const AUDIENCE = "https://vault.example.com";

const pipeline = `
variables: {GREETING: from the file}
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH
      variables: {KIND: branch}
    - if: $CI_COMMIT_TAG
stages: [build, test, deploy]
default: {tags: [buildx-open-plain]}
.say: &say
  image: docker:28.3.3-cli
  rules: [{if: $CI_COMMIT_REF_PROTECTED != "true"}]
.prefix: {script: [echo "extended=$CI_JOB_NAME_SLUG"]}

cell:
  extends: .say
  stage: build
  parallel: {matrix: [{VERSION: ["1", "2"], FLAVOUR: slim}]}
  script:
    - !reference [.prefix, script]
    - mkdir -p out && echo "$VERSION $FLAVOUR $CI_NODE_INDEX/$CI_NODE_TOTAL" >"out/$VERSION.txt"
  artifacts: {paths: [out/]}

reports:
  extends: .say
  stage: build
  script:
    - echo '<testsuite/>' >junit.xml
    - echo 'NEXT=handed on $5' >next.env
    - echo kept >kept.txt
    - exit 3
  allow_failure: {exit_codes: [3]}
  artifacts:
    when: on_success
    paths: [kept.txt]
    reports: {junit: junit.xml, dotenv: next.env}

environment:
  extends: .say
  stage: build
  variables: {GREETING: from the job}
  id_tokens: {VAULT_TOKEN: {aud: "${AUDIENCE}"}}
  script:
    - env | sort >environment.txt
    - cp "$SETTINGS" settings.txt
    - |
      { git ls-remote origin; git log --format=%H; git remote -v; git status --branch --porcelain=2; } >git.txt
    - git log --format=%s "\${CI_MERGE_REQUEST_DIFF_BASE_SHA:-HEAD}..HEAD" >range.txt
    - echo "token is $CI_JOB_TOKEN"
  artifacts: {paths: ["*.txt"]}

join:
  extends: .say
  stage: test
  needs: [cell, {job: reports, artifacts: true}, {job: absent, optional: true}]
  script: [cat out/*.txt, 'echo "next=$NEXT"', '! test -e kept.txt', '! test -e junit.xml']

absent:
  extends: .say
  stage: build
  rules: [{if: $CI_COMMIT_BRANCH == "nowhere"}]
  script: ["false"]

only-when-there:
  extends: .say
  stage: build
  rules:
    - exists: [Dockerfile]
      if: $CI_COMMIT_BRANCH == "feature/x"
      variables: {FROM_RULE: yes indeed}
  script: ['echo "rule=$FROM_RULE"']

when-changed:
  extends: .say
  stage: build
  rules: [{if: $CI_COMMIT_BRANCH == "feature/x", changes: ["changed/**/*"]}]
  script: ["true"]

clean-up: {extends: .say, stage: deploy, rules: [{when: on_failure}], script: ["true"]}
always: {extends: .say, stage: deploy, rules: [{when: always}], script: ["true"]}
rollback:
  extends: .say
  stage: deploy
  retry: 2
  rules: [{when: manual, allow_failure: true}]
  script: ['echo "roll back to $TARGET by $CI_JOB_MANUAL"', 'test -n "$TARGET"']
`;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
  await (await lab.engine()).up();
  await lab.gitlab.commit(PROJECT, { ".gitlab-ci.yml": pipeline }, { message: "Add the pipeline" });
  const project = lab.gitlab.project(PROJECT);
  const setting = { description: null, environmentScope: "*", hidden: false, raw: false };
  project.variables.push(
    {
      ...setting,
      key: "SETTINGS",
      value: "one\ntwo\n",
      variableType: "file",
      protected: false,
      masked: false,
    },
    {
      ...setting,
      key: "SECRET",
      value: "protected-secret",
      variableType: "env_var",
      protected: true,
      masked: true,
    },
  );
});
afterAll(() => lab?.stop());

async function environmentOf(result: PipelineResult): Promise<Record<string, string>> {
  const text = await result.artifact("environment", "environment.txt");
  expect(text, explain(result)).toBeDefined();
  return Object.fromEntries((text ?? "").split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

describe("a push to a branch", () => {
  let result: PipelineResult;
  let tip: string;
  beforeAll(async () => {
    for (let count = 0; count < 18; count++) {
      await lab.gitlab.commit(
        PROJECT,
        { "n.txt": `${count}\n` },
        { branch: "feature/x", message: `Count ${count}` },
      );
    }
    tip = await lab.gitlab.commit(
      PROJECT,
      { "changed/a/b": "1\n" },
      { branch: "feature/x", message: "Change" },
    );
    result = await runCommittedPipeline(lab, { branch: "feature/x" });
  });

  it("starts the jobs that the rules want, and lets pass what may fail", () => {
    expect(statusesOf(result), explain(result)).toEqual({
      "cell: [1, slim]": "success",
      "cell: [2, slim]": "success",
      reports: "failed",
      environment: "success",
      join: "success",
      "only-when-there": "success",
      "when-changed": "success",
      "clean-up": "skipped",
      always: "success",
      rollback: "manual",
    });
    expect(result.jobs.find(({ name }) => name === "reports")?.exitCode).toBe(3);
    expect(result.status).toBe("success");
    expect(result.log).toContain("rule=yes indeed");
    expect(result.log).toContain("extended=cell---1--slim");
  });

  it("unpacks every cell's artifacts where they are needed, and hands dotenv variables on", async () => {
    expect(result.log).toMatch(/> 1 slim 1\/2\n[\s\S]*> 2 slim 2\/2/);
    expect(result.log).toContain("next=handed on $5");
    expect(await result.artifact("cell: [2, slim]", "out/2.txt")).toBe("2 slim 2/2\n");
    expect(await result.reports("reports", "junit")).toEqual([{ path: "junit.xml", text: "<testsuite/>\n" }]);
    expect(await result.artifact("reports", "kept.txt")).toBeUndefined();
  });

  it("gives the job GitLab's variables, and none of another tool's", async () => {
    const found = await environmentOf(result);
    expect(found).toMatchObject({
      CI_COMMIT_BRANCH: "feature/x",
      CI_COMMIT_BEFORE_SHA: (await lab.gitlab.commits(PROJECT, "feature/x"))[1]?.sha,
      CI_COMMIT_REF_PROTECTED: "false",
      CI_PIPELINE_SOURCE: "push",
      CI_JOB_NAME: "environment",
      CI_PROJECT_DIR: `/builds/${PROJECT}`,
      CI_SERVER_URL: lab.gitlab.url,
      GITLAB_USER_LOGIN: "platform",
      GREETING: "from the job",
      KIND: "branch",
      SETTINGS: `/builds/${PROJECT}.tmp/SETTINGS`,
    });
    const foreign = Object.keys(found).filter((name) =>
      /^(GCL_|CI_DEPENDENCY_PROXY|CI_ENVIRONMENT|SECRET$)/.test(name),
    );
    expect(foreign).toEqual([]);
    expect(await result.artifact("environment", "settings.txt")).toBe("one\ntwo\n");
  });

  it("gives the job a token that is good while it runs, and in no log", async () => {
    const { CI_JOB_TOKEN: token = "", CI_REPOSITORY_URL } = await environmentOf(result);
    expect(token).toMatch(/^glcbt-/);
    expect(CI_REPOSITORY_URL).toContain(`gitlab-ci-token:${token}@`);
    expect(result.log).toContain("token is [MASKED]");
    expect(result.log).not.toContain(token);
    const basic = Buffer.from(`gitlab-ci-token:${token}`).toString("base64");
    const script = `curl -sko /dev/null -w '%{http_code}' -H @- '${lab.gitlab.url}/${PROJECT}.git/info/refs?service=git-upload-pack'`;
    const later = await lab.machine.exec(script, { input: `Authorization: Basic ${basic}\n` });
    expect(later.stdout).toBe("401");
  });

  it("checks out a detached HEAD, twenty commits deep, with an origin that answers", async () => {
    const git = (await result.artifact("environment", "git.txt")) ?? "";
    expect(git).toContain(`${tip}\trefs/heads/feature/x`);
    expect(git).toContain("# branch.head (detached)");
    expect(git.match(/^[0-9a-f]{40}$/gm)).toHaveLength(20);
  });

  it("gives the job an ID token of an open ref", async () => {
    const { VAULT_TOKEN = "" } = await environmentOf(result);
    expect(decodeJwt(VAULT_TOKEN)).toMatchObject({
      iss: lab.gitlab.url,
      aud: AUDIENCE,
      sub: `project_path:${PROJECT}:ref_type:branch:ref:feature/x`,
      ref_protected: "false",
      sha: tip,
    });
  });
});

describe("other pipelines", () => {
  it("of a fork's merge request know both sides, and are trusted with nothing", async () => {
    const fork = await forkOf(lab, lab.gitlab.project(PROJECT));
    const base = (await lab.gitlab.commits(PROJECT))[0]?.sha;
    await lab.gitlab.commit(fork.path, { "fix.txt": "1\n" }, { branch: "main", message: "Fix it" });
    const result = await runCommittedPipeline(lab, { mergeRequest: { source: "main", fork: true } });
    const found = await environmentOf(result);
    expect(found).toMatchObject({
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_COMMIT_REF_NAME: "main",
      CI_COMMIT_REF_PROTECTED: "false",
      CI_MERGE_REQUEST_IID: "1",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
      CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: fork.path,
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
    });
    expect(found).not.toHaveProperty("CI_COMMIT_BRANCH");
    expect(await result.artifact("environment", "range.txt")).toBe("Fix it\n");
  });

  it("of an open tag, and a manual job with what it is given", async () => {
    await lab.gitlab.createTag(PROJECT, "nightly-1", "feature/x");
    const manual = [{ name: "rollback", variables: [{ key: "TARGET", value: "1.2.3" }] }];
    const result = await runCommittedPipeline(lab, { tag: "nightly-1", manual });
    expect(result.log, explain(result)).toContain("roll back to 1.2.3 by true");
    expect(await environmentOf(result)).toMatchObject({
      CI_COMMIT_TAG: "nightly-1",
      CI_COMMIT_REF_NAME: "nightly-1",
    });
    expect(statusesOf(result)).toMatchObject({ rollback: "success" });
  });

  it("of a schedule, a manual run and an older commit", async () => {
    const [, older] = await lab.gitlab.commits(PROJECT, "feature/x");
    const variables = [{ key: "GREETING", value: "from the run" }];
    const [scheduled, manual] = await Promise.all([
      runCommittedPipeline(lab, { branch: "feature/x", schedule: { description: "nightly", variables } }),
      runCommittedPipeline(lab, { branch: "feature/x", web: { variables }, sha: older?.sha ?? "" }),
    ]);
    expect(await environmentOf(scheduled)).toMatchObject({
      CI_PIPELINE_SOURCE: "schedule",
      CI_PIPELINE_SCHEDULE_DESCRIPTION: "nightly",
      GREETING: "from the run",
    });
    expect(await environmentOf(manual)).toMatchObject({
      CI_PIPELINE_SOURCE: "web",
      CI_COMMIT_SHA: older?.sha,
      GREETING: "from the run",
    });
  });
});
