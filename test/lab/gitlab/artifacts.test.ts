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
    expect((await standIn.call("GET", `${shop}/pipelines/${id}/jobs?scope[]=success`)).body).toHaveLength(4);
    expect((await standIn.call("GET", `${shop}/pipelines/${id}/jobs?per_page=1`)).body).toMatchObject([
      { name: "without", status: "failed", artifacts: [] },
    ]);
    const { body: all } = await standIn.call("GET", `${shop}/pipelines/${id}/jobs`);
    expect(all).toContainEqual(
      expect.objectContaining({
        id: jobs["for-all"],
        artifacts_file: { filename: "artifacts.zip", size: 15 },
        pipeline: expect.objectContaining({ id }),
      }),
    );
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
});
