import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gitlab, startGitlab } from "../../../lab/gitlab/index.ts";
import { gitEnvironment } from "../../../lab/gitlab/repository.ts";
import {
  changedFilesOf,
  checkOutForJob,
  checkOutWhole,
  fetchSource,
  type Source,
} from "../../../lab/pipeline/checkout.ts";
import type { PipelineContext } from "../../../lab/pipeline/context.ts";

let directory = "";
let gitlab: Gitlab;
let context: PipelineContext;
let source: Source;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "checkout-"));
  gitlab = await startGitlab({ address: "127.0.0.1", port: 0, directory: path.join(directory, "gitlab") });
  await gitlab.createProject("acme/shop", { "README.md": "# Shop\n" });
  await history(gitlab.project("acme/shop").repository.directory, 23);
  await gitlab.commit("acme/shop", { "docs/a.md": "1\n" }, { branch: "feature/x", message: "Write" });
  await gitlab.createTag("acme/shop", "v1", "feature/x");
  const project = {
    ...{ path: "acme/shop", id: 7, url: `${gitlab.url}/acme/shop`, defaultBranch: "main" },
  };
  context = {
    ...{ pipelineId: 41, source: "push", project },
    ref: { type: "branch", name: "feature/x", protected: false },
  };
  source = await fetched("source", context);
}, 60_000);
afterAll(async () => {
  await gitlab.stop();
  await rm(directory, { recursive: true });
});

/** So many more commits on the main branch, by one process. */
async function history(repository: string, count: number): Promise<void> {
  const commits = Array.from({ length: count }, (_, at) => {
    const from = at === 0 ? "from refs/heads/main^0\n" : "";
    return `commit refs/heads/main\ncommitter Dev <dev@example.com> ${at} +0000\ndata 6\nChange\n${from}`;
  });
  const importing = promisify(execFile)("git", ["-C", repository, "fast-import", "--quiet"], {
    env: { ...process.env, ...gitEnvironment },
  });
  importing.child.stdin?.end(`${commits.join("\n")}\n`);
  await importing;
}

const fetched = (name: string, of: PipelineContext, sha?: string) =>
  fetchSource(repository(), of, sha, path.join(directory, `${name}.git`));
const repository = () => ({
  url: `${gitlab.url}/acme/shop.git`,
  authorization: `Basic ${Buffer.from(`root:${gitlab.adminToken}`).toString("base64")}`,
});

async function git(checkout: string, ...argv: string[]): Promise<string> {
  const env = { ...process.env, ...gitEnvironment };
  return (await promisify(execFile)("git", ["-C", checkout, ...argv], { env })).stdout.trim();
}

const startJob = (name: string, { commit }: typeof source) =>
  gitlab.startJob({
    ...{ name, stage: "test", project: gitlab.project("acme/shop"), username: "root", sha: commit.sha },
    pipeline: { id: 41, iid: 41, source: "push" },
    ref: { type: "branch", name: "feature/x", path: "refs/heads/feature/x", protected: false },
  });

async function forJob(name: string, of = context, variables: Record<string, string> = {}, from = source) {
  const checkout = path.join(directory, name);
  const { token } = startJob(name, from);
  const url = `${gitlab.url.replace("://", `://gitlab-ci-token:${token}@`)}/acme/shop.git`;
  await checkOutForJob(from, of, { checkout, variables, url, caFile: "/builds/acme/shop.tmp/CA" });
  return checkout;
}

describe("a job's checkout", () => {
  test("is a detached HEAD, twenty commits deep, of its branch alone", async () => {
    const checkout = await forJob("shallow");
    expect(await git(checkout, "rev-parse", "HEAD")).toBe(source.commit.sha);
    expect(await git(checkout, "rev-parse", "--abbrev-ref", "HEAD")).toBe("HEAD");
    expect(await git(checkout, "rev-list", "--count", "HEAD")).toBe("20");
    expect(await git(checkout, "branch", "--remotes")).toBe("origin/feature/x");
    expect(await git(checkout, "rev-parse", "refs/pipelines/41")).toBe(source.commit.sha);
  });

  test("has an origin that answers to the job, and knows GitLab's authority", async () => {
    const checkout = await forJob("origin");
    expect(await git(checkout, "ls-remote", "origin")).toContain("refs/heads/main");
    const caInfo = await git(checkout, "config", "--get-urlmatch", "http.sslCAInfo", gitlab.url);
    expect(caInfo).toBe("/builds/acme/shop.tmp/CA");
  });

  test("has no token in it where the runner keeps it out of addresses, and answers to the job all the same", async () => {
    const checkout = path.join(directory, "helper");
    const { token } = startJob("helper", source);
    const url = `${gitlab.url}/acme/shop.git`;
    await checkOutForJob(source, context, { checkout, variables: {}, url, caFile: undefined });
    expect(await readFile(path.join(checkout, ".git/config"), "utf8")).not.toContain(token);
    const lsRemote = (variables: Record<string, string>) =>
      promisify(execFile)("git", ["-C", checkout, "ls-remote", "origin"], {
        env: { ...process.env, ...gitEnvironment, GIT_TERMINAL_PROMPT: "0", ...variables },
      });
    expect((await lsRemote({ CI_JOB_TOKEN: token })).stdout).toContain("refs/heads/main");
    await expect(lsRemote({ CI_JOB_TOKEN: "another" })).rejects.toThrow("Authentication failed");
  });

  test("is whole where GIT_DEPTH is 0, and goes without where it is to", async () => {
    const whole = await forJob("whole", context, { GIT_DEPTH: "0" });
    expect(await git(whole, "rev-list", "--count", "HEAD")).toBe("25");
    expect(await git(whole, "tag")).toBe("v1");
    expect(await git(whole, "branch", "--remotes")).toContain("origin/main");
    const none = await forJob("none", context, { GIT_STRATEGY: "none" });
    await expect(stat(path.join(none, "README.md"))).rejects.toThrow("ENOENT");
  });

  test("of a tag has the tag, and of an older commit that commit", async () => {
    const tag: PipelineContext = { ...context, ref: { type: "tag", name: "v1", protected: false } };
    const tagged = await forJob("tagged", tag, {}, await fetched("tag", tag));
    expect(await git(tagged, "describe", "--tags", "--exact-match")).toBe("v1");
    const [, older] = await gitlab.commits("acme/shop", "feature/x");
    const old = await forJob("old", context, {}, await fetched("old-source", context, older?.sha));
    expect(await git(old, "rev-parse", "HEAD")).toBe(older?.sha);
  });

  test("of a fork's merge request has the history from where it left", async () => {
    const from = await gitlab.fork("acme/shop", "visitor/shop");
    await gitlab.commit("visitor/shop", { "fix.txt": "1\n" }, { branch: "fix", message: "Fix it" });
    const opened = await gitlab.openMergeRequest("acme/shop", { source: "fix", from, author: "root" });
    const request: PipelineContext = {
      ...context,
      source: "merge_request_event",
      ref: { type: "branch", name: "fix", protected: false },
      mergeRequest: {
        ...{ id: 1, iid: opened.iid, title: "Fix it", author: "root", diffBaseSha: opened.base },
        source: { branch: "fix", protected: false, project: { path: from.path, id: from.id, url: "" } },
        target: { branch: "main", protected: true },
      },
    };
    const merge = await fetched("merge", request);
    const checkout = await forJob("merge-job", request, {}, merge);
    expect(await git(checkout, "log", "--format=%s", `${opened.base}..HEAD`)).toBe("Fix it");
    expect(changedFilesOf(merge, request)(undefined)).toEqual(["fix.txt"]);
  });
});

test("changes are seen since the push before, and everywhere else all has changed", async () => {
  const before = (await gitlab.commits("acme/shop"))[0]?.sha ?? "";
  const pushed = changedFilesOf(source, { ...context, before });
  expect(pushed(undefined)).toEqual(["docs/a.md"]);
  expect(changedFilesOf(source, context)(undefined)).toBeUndefined();
  expect(changedFilesOf(source, context)("main")).toEqual(["docs/a.md"]);
  expect(changedFilesOf(source, { ...context, before, source: "schedule" })(undefined)).toBeUndefined();
});

test("the plan is read from the whole commit; what is not there is named", async () => {
  const checkout = path.join(directory, "plan");
  await checkOutWhole(source, checkout);
  expect(await readFile(path.join(checkout, "docs/a.md"), "utf8")).toBe("1\n");
  const nowhere: PipelineContext = { ...context, ref: { type: "branch", name: "nowhere", protected: false } };
  await expect(fetched("nowhere", nowhere)).rejects.toThrow("acme/shop has no refs/heads/nowhere");
});
