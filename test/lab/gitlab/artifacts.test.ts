import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";
const tokens: Record<string, string> = {};
let jobs: Record<string, number>;
let head: string;

beforeAll(async () => {
  standIn = await startStandIn();
  const { gitlab } = standIn;
  for (const role of ["guest", "reporter", "developer", "maintainer"] as const) {
    gitlab.createUser(role, { acme: role });
    tokens[role] = gitlab.createToken(role);
  }
  head = await gitlab.commit("acme/shop", { "a.txt": "1\n" }, { branch: "fix" });
  await gitlab.openMergeRequest("acme/shop", { source: "fix", author: "root" });
  const artifacts = { "preview/dev.json": '{"changes":[]}', "preview/deep/ü.txt": "x" };
  const { jobs: recorded } = await gitlab.recordPipeline("acme/shop", {
    mergeRequest: 1,
    jobs: [
      { name: "for-all", artifacts },
      { name: "for-developers", artifacts, access: "developer" },
      { name: "for-maintainers", artifacts, access: "maintainer" },
      { name: "for-nobody", artifacts, access: "none" },
      { name: "without", status: "failed" },
    ],
  });
  jobs = Object.fromEntries(recorded.map(({ name, id }) => [name, id]));
});
afterAll(() => standIn.stop());

/** The status of a download, and the text. */
async function download(apiPath: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${standIn.gitlab.apiUrl}${apiPath}`, { headers });
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
}
const fileOf = (job: string, token: string) =>
  download(`${shop}/jobs/${jobs[job]}/artifacts/preview/dev.json`, { "private-token": token });

describe("pipelines of a merge request", () => {
  test("tell of their jobs, and are the head pipeline", async () => {
    const { body } = await standIn.call("GET", `${shop}/merge_requests/1`);
    expect(body).toMatchObject({
      head_pipeline: {
        sha: head,
        ref: "refs/merge-requests/1/head",
        source: "merge_request_event",
        status: "failed",
      },
    });
    const { id } = (body as { head_pipeline: { id: number } }).head_pipeline;
    expect((await standIn.call("GET", `${shop}/merge_requests/1/pipelines`)).body).toMatchObject([{ id }]);
    expect((await standIn.call("GET", `${shop}/pipelines/${id}/jobs?scope[]=success`)).body).toHaveLength(4);
    expect((await standIn.call("GET", `${shop}/pipelines/${id}/jobs?per_page=1`)).body).toMatchObject([
      { name: "without", status: "failed", artifacts: [] },
    ]);
    expect((await standIn.call("GET", `${shop}/jobs/${jobs["for-all"]}`)).body).toMatchObject({
      artifacts_file: { filename: "artifacts.zip", size: 15 },
      pipeline: { id },
    });
  });

  test("give way to one of a newer commit, and not to one of an older", async () => {
    const head_pipeline = async () =>
      ((await standIn.call("GET", `${shop}/merge_requests/2`)).body as { head_pipeline: unknown })
        .head_pipeline;
    const { gitlab } = standIn;
    const older = await gitlab.commit("acme/shop", { "b.txt": "1\n" }, { branch: "two" });
    await gitlab.openMergeRequest("acme/shop", { source: "two", author: "root" });
    await gitlab.recordPipeline("acme/shop", { mergeRequest: 2, jobs: [] });
    expect(await head_pipeline()).toMatchObject({ sha: older });
    await gitlab.commit("acme/shop", { "b.txt": "2\n" }, { branch: "two" });
    expect(await head_pipeline()).toBeNull();
    const branch = await gitlab.recordPipeline("acme/shop", { ref: "two", jobs: [] });
    expect(await head_pipeline()).toMatchObject({ id: branch.id, source: "push" });
  });
});

describe("artifacts", () => {
  test.each([
    ["for-all", [200, 200, 200, 200]],
    ["for-developers", [403, 403, 200, 200]],
    ["for-maintainers", [403, 403, 403, 200]],
    ["for-nobody", [403, 403, 403, 403]],
  ])("%s: guest, reporter, developer, maintainer", async (job, expected) => {
    const roles = ["guest", "reporter", "developer", "maintainer"];
    const got = await Promise.all(roles.map((role) => fileOf(job, tokens[role] ?? "")));
    expect(got.map(({ status }) => status)).toEqual(expected);
  });

  test("are sent as they are, by path", async () => {
    expect(await fileOf("for-all", tokens.developer ?? "")).toMatchObject({ text: '{"changes":[]}' });
    const deep = encodeURIComponent("ü");
    expect(
      await download(`${shop}/jobs/${jobs["for-all"]}/artifacts/preview/deep/${deep}.txt`, {
        "private-token": tokens.developer ?? "",
      }),
    ).toMatchObject({ status: 200, text: "x" });
    expect((await fileOf("without", tokens.developer ?? "")).status).toBe(404);
  });

  test("are there as a zip archive that unpacks", async () => {
    const response = await fetch(`${standIn.gitlab.apiUrl}${shop}/jobs/${jobs["for-all"]}/artifacts`, {
      headers: { "private-token": tokens.developer ?? "" },
    });
    const archive = path.join(standIn.directory, "artifacts.zip");
    await writeFile(archive, Buffer.from(await response.arrayBuffer()));
    const read =
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist(), z.read('preview/dev.json').decode())";
    const { stdout } = await promisify(execFile)("python3", ["-c", read, archive], {
      env: { ...process.env, PYTHONIOENCODING: "utf-8" },
    });
    expect(stdout.trim()).toBe(`None ['preview/dev.json', 'preview/deep/ü.txt'] {"changes":[]}`);
  });

  test("are found by branch and name in the latest pipeline that succeeded", async () => {
    const { gitlab } = standIn;
    const record = (text: string, status: "success" | "failed") =>
      gitlab.recordPipeline("acme/shop", {
        jobs: [{ name: "up", status, artifacts: { "up.json": text } }],
      });
    await record("first", "success");
    await record("second", "failed");
    const raw = (job: string, ref = "main") =>
      download(`${shop}/jobs/artifacts/${ref}/raw/up.json?job=${job}`, {
        "private-token": gitlab.adminToken,
      });
    expect(await raw("up")).toMatchObject({ status: 200, text: "first" });
    expect((await raw("down")).status).toBe(404);
    expect((await raw("up", "other")).status).toBe(404);
    expect(
      (await download(`${shop}/jobs/artifacts/main/raw/up.json`, { "private-token": gitlab.adminToken }))
        .status,
    ).toBe(400);
  });

  test("are read by a running job of the project, with the role of who started it", async () => {
    const start = (project: string, username: string) =>
      standIn.gitlab.startJob({
        ...{ name: "up", stage: "up", project: standIn.gitlab.project(project), username },
        pipeline: { id: 1, iid: 1, source: "push" },
        ref: { type: "branch", name: "main", path: "refs/heads/main", protected: true },
        sha: head,
      });
    const fetchAs = (token: string) =>
      download(`${shop}/jobs/${jobs["for-developers"]}/artifacts/preview/dev.json`, { "job-token": token });
    const job = start("acme/shop", "developer");
    expect(await fetchAs(job.token)).toMatchObject({ status: 200, text: '{"changes":[]}' });
    expect((await fetchAs(start("acme/shop", "reporter").token)).status).toBe(403);
    job.finish();
    expect((await fetchAs(job.token)).status).toBe(401);
    await standIn.gitlab.createProject("acme/other", { "README.md": "# Other\n" });
    expect((await fetchAs(start("acme/other", "developer").token)).text).toContain(
      "Authentication by CI/CD job token not allowed from acme/other to acme/shop.",
    );
    // It reads artifacts, and no merge requests.
    const asked = start("acme/shop", "developer");
    expect((await download(`${shop}/merge_requests`, { "job-token": asked.token })).status).toBe(401);
  });
});
