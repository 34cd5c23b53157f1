import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fingerprint } from "../../delivery/record.ts";
import { up } from "../../delivery/up.ts";
import { change, recordOf } from "./samples.ts";
import { INFRA, JobBench, refusal } from "./workbench.ts";

const TYPE = "gitlab:index/repositoryFile:RepositoryFile";
const changes = [
  change("update", "shop", TYPE, ["content"]),
  change("create", "linux", "command:remote:Command"),
];

let bench: JobBench;
/** The newest merge request. */
const newest = () => `merge request !${bench.standIn.gitlab.mergeRequests(INFRA).length}`;

beforeAll(async () => {
  bench = await JobBench.start();
});
afterAll(() => bench.stop());

beforeEach(() => {
  bench.stack.changes = changes;
  bench.stack.updates.length = 0;
  bench.lines.length = 0;
  bench.standIn.gitlab.configureProject(INFRA, { merge_method: "merge" });
});

const update = (commit: string, more: Readonly<Record<string, string | undefined>> = {}) =>
  up({ stack: "dev" }, bench.job({ CI_COMMIT_SHA: commit, ...more }));

async function mergedWith(
  record: Parameters<JobBench["reviewed"]>[1],
  parameters: unknown = {},
): Promise<string> {
  const { iid } = await bench.openMergeRequest();
  await bench.reviewed(iid, record);
  return bench.merge(iid, parameters);
}

describe("an update", () => {
  it.each([
    ["a merge commit", "merge", false],
    ["a merge commit of a squashed one", "merge", true],
    ["a fast-forward", "ff", false],
    ["a fast-forward of a squashed commit", "ff", true],
  ] as const)("does what was reviewed: %s", async (_, merge_method, squash) => {
    bench.standIn.gitlab.configureProject(INFRA, { merge_method });
    const commit = await mergedWith(recordOf("dev", { changes: changes.toReversed() }), { squash });
    await update(commit);
    expect(bench.stack.updates).toEqual([expect.stringMatching(/plan\.json$/)]);
    expect(bench.lines).toContain(
      `Stack dev: the changes are the same as in the preview of ${newest()} (${fingerprint(changes)}).`,
    );
    expect(bench.lines.at(-1)).toBe("Stack dev: 2 resources changed.");
  });

  it("does nothing without changes, and makes no request", async () => {
    bench.stack.changes = [];
    const before = bench.standIn.gitlab.requests.length;
    await update("0".repeat(40), { DELIVERY_TOKEN: undefined });
    expect(bench.lines.at(-1)).toBe("Stack dev: nothing to do.");
    expect(bench.stack.updates).toEqual([]);
    expect(bench.standIn.gitlab.requests.length).toBe(before);
  });

  it("stops at anything that is different, names it, and can be approved", async () => {
    const seen = [change("update", "shop", TYPE, ["content"], "e".repeat(64)), change("delete", "old", TYPE)];
    const commit = await mergedWith(recordOf("dev", { changes: seen }));
    const message = await refusal(update(commit));
    expect(message.split("\n")).toEqual([
      `Stack dev: nothing was changed, because the update differs from the preview of ${newest()}:`,
      `  - reviewed: update shop (${TYPE}): content [eeeeeeee]`,
      `  - reviewed: delete old (${TYPE})`,
      `  + now:      update shop (${TYPE}): content [dddddddd]`,
      "  + now:      create linux (command:remote:Command) [dddddddd]",
      expect.stringContaining(`APPROVED=${fingerprint(changes)}`),
    ]);
    expect(await refusal(update(commit, { APPROVED: fingerprint(seen) }))).toContain(
      `APPROVED=${fingerprint(seen)} is the fingerprint of other changes.`,
    );
    expect(bench.stack.updates).toEqual([]);
    await update(commit, { APPROVED: fingerprint(changes) });
    expect(bench.stack.updates).toHaveLength(1);
  });

  it.each([
    ["failed", recordOf("dev", { failure: {} }), "failed"],
    ["took place offline", recordOf("dev", { offline: true }), "was offline"],
    ["left no record", undefined, "left no record, or it has expired: http"],
    ["left nonsense", "{}", "left a record that cannot be read"],
    ["was another stack's", recordOf("prod", { changes }), "left a record of stack prod"],
  ])("is not reviewed by a preview that %s", async (_, record, reason) => {
    const message = await refusal(update(await mergedWith(record)));
    expect(message).toContain(
      `nothing was changed, because the update was not reviewed: the preview of ${newest()} ${reason}`,
    );
    expect(message).toContain(`  update shop (${TYPE}): content`);
    expect(bench.stack.updates).toEqual([]);
  });

  it("is not reviewed after a push to the default branch", async () => {
    const commit = await bench.standIn.gitlab.commit(INFRA, { "x.txt": "1\n" });
    expect(await refusal(update(commit))).toContain(
      `no merge request was merged as commit ${commit.slice(0, 12)}`,
    );
  });

  it("is not reviewed by a merge request that merely holds the commit", async () => {
    const { gitlab } = bench.standIn;
    const first = await gitlab.commit(INFRA, { "a.txt": "1\n" }, { branch: "long" });
    const { iid } = await bench.openMergeRequest("long");
    await bench.reviewed(iid, recordOf("dev", { changes }));
    gitlab.configureProject(INFRA, { merge_method: "ff" });
    expect(await refusal(update(first))).toContain("no merge request was merged");
    const commit = await bench.merge(iid);
    expect(await refusal(update(first))).toContain("no merge request was merged");
    await update(commit);
    expect(bench.stack.updates).toHaveLength(1);
  });

  it("is not reviewed where no pipeline or no preview was", async () => {
    const { iid } = await bench.openMergeRequest();
    expect(await refusal(update(await bench.merge(iid)))).toContain(`${newest()} had no pipeline`);
    const other = await bench.openMergeRequest();
    await bench.standIn.gitlab.recordPipeline(INFRA, { mergeRequest: other.iid, jobs: [{ name: "check" }] });
    expect(await refusal(update(await bench.merge(other.iid)))).toContain(
      `the update differs from ${newest()}, which was not expected to change the stack`,
    );
  });

  it("is not reviewed by what a fork's pipeline left", async () => {
    const commit = await mergedWith(recordOf("dev", { changes }));
    const { gitlab } = bench.standIn;
    // A fork's pipelines are the fork's own, of which the stand-in has none.
    const server = createServer(async ({ url, headers }, response) => {
      const token = { "private-token": String(headers["private-token"]) };
      const answer = await fetch(`${gitlab.url}${url}`, { headers: token });
      const text = (await answer.text()).replace(
        /("head_pipeline":\{[^}]*"project_id":)\d+/,
        (_, start: string) => `${start}4711`,
      );
      response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const CI_API_V4_URL = `http://127.0.0.1:${port}/api/v4`;
    const message = await refusal(update(commit, { CI_API_V4_URL }));
    server.close();
    server.closeAllConnections();
    expect(message).toContain(`${newest()} had a pipeline of a fork only`);
    expect(bench.stack.updates).toEqual([]);
  });

  it.each([
    [401, "glpat-nobody", /GitLab answered 401 .*: DELIVERY_TOKEN is not valid, or has expired; make/],
    [404, "stranger", /GitLab answered 404 .*: it does not exist, or DELIVERY_TOKEN may not see it/],
  ])("says what to do after a refusal: %s", async (_, who, expected) => {
    const { gitlab } = bench.standIn;
    if (who === "stranger") gitlab.createUser(who);
    const DELIVERY_TOKEN = who === "stranger" ? gitlab.createToken(who) : who;
    expect(await refusal(update(await mergedWith(undefined), { DELIVERY_TOKEN }))).toMatch(expected);
  });

  it("names what is missing outside of a job", async () => {
    expect(await refusal(update("0", { DELIVERY_TOKEN: undefined }))).toMatch(
      /^DELIVERY_TOKEN is not set: .*project access token with the role Developer and the scope api/,
    );
    expect(await refusal(update("0", { CI_API_V4_URL: undefined }))).toMatch(/^CI_API_V4_URL is not set/);
  });
});
