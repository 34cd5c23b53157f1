import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { note } from "../../delivery/note.ts";
import { MARKER } from "../../delivery/note-text.ts";
import { COMMIT, change, filesOf, recordOf } from "./samples.ts";
import { INFRA, JobBench, refusal } from "./workbench.ts";

let bench: JobBench;
let iid: number;

beforeAll(async () => {
  bench = await JobBench.start();
});
afterAll(() => bench.stop());

beforeEach(async () => {
  bench.clear();
  iid = (await bench.openMergeRequest()).iid;
  await pipelineOf(["preview-dev"]);
});

const dev = recordOf("dev", {
  changes: [change("create", "linux", "command:remote:Command")],
  files: filesOf({ "runners.yaml": ["a\n", "b\n"] }),
});

async function pipelineOf(jobs: readonly string[]): Promise<void> {
  const { id } = await bench.standIn.gitlab.recordPipeline(INFRA, {
    mergeRequest: iid,
    jobs: jobs.map((name) => ({ name })),
  });
  Object.assign(bench.environment, {
    CI_PIPELINE_ID: String(id),
    CI_MERGE_REQUEST_IID: String(iid),
    CI_COMMIT_SHA: COMMIT,
  });
}

const write = (more: Readonly<Record<string, string | undefined>> = {}) =>
  note({ in: "preview" }, bench.job(more));
const notes = () =>
  bench.standIn.gitlab
    .mergeRequests(INFRA)
    .at(-1)
    ?.notes.map(({ body }) => body) ?? [];

describe("the merge request's note", () => {
  it("is one, kept current, and left alone when there is nothing new", async () => {
    bench.write({ "preview/dev.json": JSON.stringify(dev) });
    await write();
    expect(notes()).toHaveLength(1);
    expect(notes()[0]).toContain("| create | `linux` `command:remote:Command` |  |");
    expect(notes()[0]).not.toContain("prod");

    await write();
    expect(bench.lines.at(-1)).toBe(`The note of merge request !${iid}: unchanged`);
    bench.write({ "preview/dev.json": JSON.stringify(recordOf("dev", { changes: [] })) });
    await write();
    expect(bench.lines.at(-1)).toBe(`The note of merge request !${iid}: updated`);
    expect(notes()).toEqual([expect.stringContaining("**No resource changes**")]);
  });

  it("reports a job without a record, one that was killed while writing, and a missing job", async () => {
    await pipelineOf(["preview-dev", "preview-prod"]);
    bench.write({ "preview/prod.json": '{"version": 1, "sta' });
    await write();
    expect(
      notes()[0]?.match(/\*\*There is no preview.\*\* Read the log of \[`preview-(dev|prod)`\]\(http/g),
    ).toHaveLength(2);
    await pipelineOf(["check"]);
    bench.write({ "preview/prod.json": "" });
    await write();
    expect(notes()).toEqual([expect.stringContaining("**Nothing**: it changes no file that a stack uses.")]);
  });

  it("links to the artifact of the job that left it", async () => {
    const files = filesOf({ "runners.yaml": ["a\n", "b\n".repeat(40_000)] });
    bench.write({ "preview/dev.json": JSON.stringify({ ...dev, files }) });
    await write();
    expect(notes()[0]).toContain(
      `(${bench.standIn.gitlab.url}/${INFRA}/-/jobs/73/artifacts/file/preview/dev/files.diff)`,
    );
  });

  it("is never another user's, however many notes there are", async () => {
    const path = `projects/${encodeURIComponent(INFRA)}/merge_requests/${iid}/notes`;
    await bench.standIn.call("POST", path, { body: `${MARKER}\n\nmine` });
    const token = bench.environment.DELIVERY_TOKEN ?? null;
    await bench.standIn.call("POST", path, { body: `a word about ${MARKER}` }, { token });
    await write();
    const merge = bench.standIn.gitlab.mergeRequests(INFRA).at(-1);
    const mine = merge?.notes[0];
    if (mine)
      for (let id = 1_000_000; id < 1_000_101; id += 1)
        merge.notes.push({ ...mine, id, body: `comment ${id}` });
    bench.write({ "preview/dev.json": JSON.stringify(dev) });
    await write();
    const marked = notes().filter((body) => body.startsWith(MARKER));
    expect(marked).toEqual([`${MARKER}\n\nmine`, expect.stringContaining("`linux`")]);
    expect(notes()).toHaveLength(104);
  });

  it("does nothing that a file asks for", async () => {
    const files = filesOf({ "runners.yaml": ["a\n", "```\n/close\n</details>\n/close\n"] });
    const failure = { message: "```\n/close" };
    const { preview: _, ...rest } = dev;
    bench.write({ "preview/dev.json": JSON.stringify({ ...rest, files, failure }) });
    await write();
    expect(bench.standIn.gitlab.mergeRequests(INFRA).at(-1)?.state).toBe("opened");
    expect(notes()[0]?.match(/\/close/g)).toHaveLength(3);
  });

  it("does not run without credentials, and says so", async () => {
    bench.write({ "preview/dev.json": JSON.stringify(dev) });
    await write({ CI_COMMIT_REF_PROTECTED: "false" });
    await write({ DELIVERY_TOKEN: undefined });
    expect(notes()).toEqual([]);
    expect(bench.lines).toEqual([expect.stringMatching(/^No note: /), expect.stringMatching(/^No note: /)]);
  });

  it("says what to do where GitLab refuses", async () => {
    const { gitlab } = bench.standIn;
    const readOnly = gitlab.createProjectToken(INFRA, "developer", { scopes: ["read_api"] });
    expect(await refusal(write({ DELIVERY_TOKEN: readOnly }))).toMatch(
      /cannot comment on merge request !\d+: GitLab answered 403 .*needs the role Developer in this project and the scope api/,
    );
    const expired = gitlab.createProjectToken(INFRA, "developer", { expiresAt: "2026-01-01" });
    expect(await refusal(write({ DELIVERY_TOKEN: expired }))).toMatch(/answered 401 .*has expired; make/);
    expect(await refusal(write({ CI_MERGE_REQUEST_IID: "99" }))).toMatch(/!99: GitLab answered 404/);
    await bench.standIn.gitlab.stop();
    expect(await refusal(write())).toMatch(
      /^cannot read the pipeline's jobs: GitLab does not answer: fetch failed: (other side closed|.*ECONNREFUSED)/,
    );
  });
});
