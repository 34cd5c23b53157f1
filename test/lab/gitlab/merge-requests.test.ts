import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewMergeRequest } from "../../../lab/gitlab/index.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";
const requests = `${shop}/merge_requests`;

beforeEach(async () => {
  standIn = await startStandIn();
  standIn.gitlab.createUser("dev", { acme: "developer" });
  standIn.gitlab.createUser("guest", { acme: "guest" });
});
afterEach(() => standIn.stop());

const as = (username: string) => ({ token: standIn.gitlab.createToken(username) });

async function opened(more: Partial<NewMergeRequest> = {}) {
  await standIn.gitlab.commit("acme/shop", { "a.txt": "1\n" }, { branch: "fix", message: "First" });
  const sha = await standIn.gitlab.commit(
    "acme/shop",
    { "a.txt": "2\n" },
    { branch: "fix", message: "Second" },
  );
  const given = { source: "fix", title: "Fix it", author: "dev", ...more };
  return { sha, request: await standIn.gitlab.openMergeRequest("acme/shop", given) };
}

const merge = (parameters: unknown = {}, options = {}) =>
  standIn.call("PUT", `${requests}/1/merge`, parameters, options);
const newest = async (ref = "main") => (await standIn.gitlab.commits("acme/shop", ref))[0];

describe("a merge request over the API", () => {
  test("tells of itself, whether it can be merged, and who may", async () => {
    const { sha } = await opened();
    expect(await standIn.call("GET", `${requests}/1`)).toMatchObject({
      status: 200,
      body: {
        iid: 1,
        state: "opened",
        sha,
        author: { username: "dev" },
        detailed_merge_status: "mergeable",
        head_pipeline: null,
        merge_commit_sha: null,
        user: { can_merge: true },
      },
    });
  });

  test("follows its branch", async () => {
    await opened();
    const sha = await standIn.gitlab.commit("acme/shop", { "b.txt": "1\n" }, { branch: "fix" });
    expect((await standIn.call("GET", `${requests}/1`)).body).toMatchObject({ sha });
  });

  test("is not for those who may not read the code", async () => {
    await opened();
    const merged = `${shop}/repository/commits/main/merge_requests`;
    expect((await standIn.call("GET", merged, undefined, as("guest"))).status).toBe(403);
    expect((await standIn.call("GET", `${requests}/1`, undefined, as("guest"))).status).toBe(404);
  });
});

describe("merging", () => {
  test("moves the branch to a merge commit, and starts a pipeline", async () => {
    await standIn.gitlab.commit("acme/shop", { ".gitlab-ci.yml": "job: { script: true }\n" });
    const { sha } = await opened();
    await standIn.gitlab.commit("acme/shop", { "d.txt": "1\n" });
    const before = (await newest())?.sha;
    expect((await merge({}, as("dev"))).status).toBe(401);
    const { status, body } = await merge({ should_remove_source_branch: true, sha });
    const tip = await newest();
    expect([status, body]).toMatchObject([
      200,
      {
        state: "merged",
        merge_commit_sha: tip?.sha,
        squash_commit_sha: null,
        merge_user: { username: "root" },
      },
    ]);
    expect(tip?.parents).toEqual([before, sha]);
    expect(tip?.message).toContain("See merge request acme/shop!1");
    expect(await standIn.gitlab.readFile("acme/shop", "a.txt")).toBe("2\n");
    expect(standIn.gitlab.pipelines("acme/shop").at(-1)).toMatchObject({
      ...{ ref: "main", sha: tip?.sha, before, status: "pending" },
    });
    expect((await standIn.call("GET", `${shop}/repository/branches/fix`)).status).toBe(404);
    expect((await merge()).status).toBe(405);
  });

  test("squashes into one commit below the merge commit", async () => {
    await opened({ squash: true });
    const { body } = await merge({ squash_commit_message: "All of it" });
    const [tip, squash, base] = await standIn.gitlab.commits("acme/shop");
    expect(body).toMatchObject({ merge_commit_sha: tip?.sha, squash_commit_sha: squash?.sha });
    expect(squash).toMatchObject({ message: "All of it", parents: [base?.sha], author: { name: "dev" } });
    expect(base?.message).toBe("Initial commit");
  });

  test("only moves forward where the project says so", async () => {
    standIn.gitlab.configureProject("acme/shop", { merge_method: "ff" });
    const { sha } = await opened();
    expect((await merge()).body).toMatchObject({ state: "merged", merge_commit_sha: null });
    expect((await newest())?.sha).toBe(sha);
  });

  test("refuses to move forward past other commits, a conflict, a draft and another commit than was seen", async () => {
    const { request } = await opened();
    expect(await merge({ sha: "0".repeat(40) })).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("SHA does not match HEAD of source branch") },
    });
    request.title = "Draft: fix it";
    expect((await merge()).status).toBe(405);
    request.title = "Fix it";
    await standIn.gitlab.commit("acme/shop", { "z.txt": "1\n" });
    standIn.gitlab.configureProject("acme/shop", { merge_method: "ff" });
    expect((await merge()).status).toBe(422);
    standIn.gitlab.configureProject("acme/shop", { merge_method: "merge" });
    await standIn.gitlab.commit("acme/shop", { "a.txt": "mine\n" });
    expect(await merge()).toMatchObject({ status: 422, body: { message: "Branch cannot be merged" } });
    expect((await standIn.call("GET", `${requests}/1`)).body).toMatchObject({
      ...{ state: "opened", has_conflicts: true, detailed_merge_status: "conflict" },
    });
  });

  test("waits for the pipeline where the project asks for it", async () => {
    standIn.gitlab.configureProject("acme/shop", { only_allow_merge_if_pipeline_succeeds: true });
    await opened();
    expect((await merge()).status).toBe(405);
    await standIn.gitlab.recordPipeline("acme/shop", { mergeRequest: 1, jobs: [{ name: "check" }] });
    expect((await merge()).status).toBe(200);
  });

  test.each([
    ["merge", false],
    ["ff", true],
  ] as const)("is found by its commit: %s, squashed %s", async (merge_method, squash) => {
    standIn.gitlab.configureProject("acme/shop", { merge_method });
    await opened({ squash });
    await merge();
    const tip = (await newest())?.sha;
    const { body } = await standIn.call("GET", `${shop}/repository/commits/${tip}/merge_requests`);
    expect(body).toMatchObject([{ iid: 1, state: "merged" }]);
    const first = (await standIn.gitlab.commits("acme/shop")).at(-1)?.sha;
    expect((await standIn.call("GET", `${shop}/repository/commits/${first}/merge_requests`)).body).toEqual(
      [],
    );
  });
});
