import { afterEach, beforeEach, describe, expect, test } from "vitest";
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

async function opened(more: Readonly<Record<string, unknown>> = {}) {
  await standIn.gitlab.commit("acme/shop", { "a.txt": "1\n" }, { branch: "fix", message: "First" });
  const sha = await standIn.gitlab.commit(
    "acme/shop",
    { "a.txt": "2\n" },
    { branch: "fix", message: "Second" },
  );
  const branches = { source_branch: "fix", target_branch: "main" };
  const answer = await standIn.call("POST", requests, { title: "Fix it", ...branches, ...more }, as("dev"));
  return { sha, answer };
}

const merge = (parameters: unknown = {}, options = {}) =>
  standIn.call("PUT", `${requests}/1/merge`, parameters, options);
const newest = async (ref = "main") => (await standIn.gitlab.commits("acme/shop", ref))[0];

describe("a merge request over the API", () => {
  test("is opened by a developer, once for its branches", async () => {
    const { sha, answer } = await opened({ labels: "ci,docs" });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        iid: 1,
        state: "opened",
        sha,
        labels: ["ci", "docs"],
        author: { username: "dev" },
        detailed_merge_status: "mergeable",
        head_pipeline: null,
        merge_commit_sha: null,
      },
    });
    expect((await opened()).answer).toMatchObject({
      status: 409,
      body: { message: ["Another open merge request already exists for this source branch: !1"] },
    });
    expect(
      (
        await standIn.call(
          "POST",
          requests,
          { title: "x", source_branch: "fix", target_branch: "main" },
          as("guest"),
        )
      ).status,
    ).toBe(403);
    const nowhere = { title: "x", source_branch: "nowhere", target_branch: "main" };
    expect((await standIn.call("POST", requests, nowhere)).status).toBe(422);
  });

  test("follows its branch", async () => {
    await opened();
    const sha = await standIn.gitlab.commit("acme/shop", { "b.txt": "1\n" }, { branch: "fix" });
    expect((await standIn.call("GET", `${requests}/1`)).body).toMatchObject({ sha });
    expect((await standIn.call("GET", `${requests}/1/commits`)).body).toMatchObject([
      { id: sha },
      { title: "Second" },
      { title: "First" },
    ]);
    expect((await standIn.call("GET", `${requests}/1/diffs`)).body).toEqual([
      expect.objectContaining({ new_path: "a.txt", new_file: true, diff: "@@ -0,0 +1 @@\n+2\n" }),
      expect.objectContaining({ new_path: "b.txt", new_file: true, a_mode: "0", b_mode: "100644" }),
    ]);
  });

  test("is not for those who may not read the code", async () => {
    await opened();
    expect((await standIn.call("GET", requests, undefined, as("guest"))).status).toBe(403);
    expect((await standIn.call("GET", `${requests}/1`, undefined, as("guest"))).status).toBe(404);
  });

  test("is listed by state, branches, labels, author and words", async () => {
    await opened({ labels: "ci" });
    await standIn.gitlab.commit("acme/shop", { "c.txt": "1\n" }, { branch: "other" });
    await standIn.gitlab.openMergeRequest("acme/shop", { source: "other", title: "Other", author: "root" });
    await standIn.call("PUT", `${requests}/2`, { state_event: "close" });
    const list = async (query: string) =>
      ((await standIn.call("GET", `${requests}?${query}`)).body as { iid: number }[]).map(({ iid }) => iid);
    expect(await list("")).toEqual([2, 1]);
    expect(await list("sort=asc")).toEqual([1, 2]);
    expect(await list("state=opened")).toEqual([1]);
    expect(await list("state=closed&source_branch=other")).toEqual([2]);
    expect(await list("target_branch=other")).toEqual([]);
    expect(await list("labels=ci")).toEqual([1]);
    expect(await list("author_username=root")).toEqual([2]);
    expect(await list("search=OTHER&in=title")).toEqual([2]);
    expect(await list("per_page=1&page=2")).toEqual([1]);
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
    await opened();
    expect(await merge({ sha: "0".repeat(40) })).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("SHA does not match HEAD of source branch") },
    });
    await standIn.call("PUT", `${requests}/1`, { title: "Draft: fix it" });
    expect((await merge()).status).toBe(405);
    await standIn.call("PUT", `${requests}/1`, { title: "Fix it" });
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
