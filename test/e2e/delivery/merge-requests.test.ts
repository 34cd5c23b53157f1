/**
 * A team's days with this repository's own pipeline: merge requests are previewed and noted, merging applies what was
 * reviewed, what changed meanwhile stops it, and what somebody changed by hand is found.
 */
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, PROJECT, startLab, USER } from "../../../lab/lab.ts";
import type { PipelineResult } from "../../../lab/pipeline/index.ts";
import { loggedSteps } from "../../../lab/progress.ts";
import { forkOf } from "../../../lab/trigger.ts";
import { explain, statusesOf } from "../results.ts";
import { INFRA, INFRA_API, Infra, PASSPHRASE } from "./infra.ts";

let lab: Lab;
let infra: Infra;

const IMAGES = "buildx-runners:projects[0].images";
/** A third image, built from this directory. */
const tools = (context: string) => [
  { key: `${IMAGES}[2].name`, value: "tools" },
  { key: `${IMAGES}[2].context`, value: context },
];
const STACK_FILE = "Pulumi.dev.yaml";
const PROJECT_API = `projects/${encodeURIComponent(PROJECT)}`;

const notesOf = (branch: string) =>
  lab.gitlab.mergeRequests(INFRA).find(({ source }) => source === branch)?.notes ?? [];
const committed = () => lab.gitlab.readFile(PROJECT, ".gitlab-ci.yml");
const change = (branch: string, files: Record<string, string>) =>
  lab.gitlab.commit(INFRA, files, { branch, message: `Change ${branch}` });
const preview = (branch: string, fork = false) => infra.run({ mergeRequest: { source: branch, fork } });
const log = (result: PipelineResult) => stripVTControlCharacters(result.log);
const fingerprintIn = (result: PipelineResult) => /APPROVED=([0-9a-f]+)/.exec(log(result))?.[1] ?? "none";
const merge = (branch: string) => {
  const request = lab.gitlab.mergeRequests(INFRA).find(({ source }) => source === branch);
  return infra.ask("PUT", `${INFRA_API}/merge_requests/${request?.iid}/merge`);
};
/** What GitLab's API was asked to change since. */
const writtenSince = (count: number) =>
  lab.gitlab.requests
    .slice(count)
    .filter(({ method, path }) => path.startsWith("/api/") && !["GET", "HEAD"].includes(method))
    .map(({ method, path }) => `${method} ${path.split("/").slice(5).join("/")}`);
const driftIssues = () => lab.gitlab.issues(INFRA).map(({ title, state }) => [title, state]);
const drift = () =>
  infra.run({ schedule: { description: "drift", variables: [{ key: "OPERATION", value: "drift" }] } });

function expectNoSecret(result: PipelineResult, ...texts: readonly string[]): void {
  for (const secret of [PASSPHRASE, lab.token, "BEGIN OPENSSH PRIVATE KEY"])
    for (const text of [log(result), ...texts]) expect(text).not.toContain(secret);
}

describe("a repository's own pipeline", () => {
  beforeAll(async () => {
    lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
    infra = new Infra(lab);
    await infra.create();
  });
  afterAll(async () => {
    infra?.remove();
    await lab?.stop();
  });

  it("does not put a stack up that nobody reviewed, and does so once it is approved", async () => {
    const stopped = await infra.run({});
    expect(statusesOf(stopped), explain(stopped)).toMatchObject({ check: "success", "up-dev": "failed" });
    expect(lab.gitlab.runners()).toEqual([]);
    const approved = await infra.run({}, [{ key: "APPROVED", value: fingerprintIn(stopped) }]);
    expect(statusesOf(approved), explain(approved)).toMatchObject({ "up-dev": "success" });
    expect(lab.gitlab.runners()).toHaveLength(4);
    expect(await committed()).toContain("stack dev.");
    expectNoSecret(approved);
  });

  it("notes in a merge request what it would do, with a widget, and no value of anything", async () => {
    await change("change/tools", { [STACK_FILE]: infra.stackFile(tools("tools")) });
    const before = lab.gitlab.requests.length;
    const result = await preview("change/tools");
    expect(statusesOf(result), explain(result)).toEqual({
      check: "success",
      "preview-dev": "success",
      note: "success",
    });
    const [widget] = await result.reports("preview-dev", "terraform");
    expect(JSON.parse(widget?.text ?? "")).toEqual({ create: 0, update: 2, delete: 0 });
    const [note, ...others] = notesOf("change/tools");
    expect(others).toEqual([]);
    expect(note?.body).toContain("acme/shop-pipeline");
    expect(note?.body).toMatch(/^\+target "tools" \{$/m);
    expectNoSecret(result, note?.body ?? "");
    expect(writtenSince(before)).toEqual(["POST merge_requests/1/notes"]);
  });

  it("changes its note when the branch does, and leaves no second one", async () => {
    await change("change/tools", { [STACK_FILE]: infra.stackFile(tools("ci/tools")) });
    const [before] = notesOf("change/tools").map(({ id, body }) => ({ id, body }));
    const result = await preview("change/tools");
    expect(statusesOf(result), explain(result)).toMatchObject({ note: "success" });
    const [note, ...others] = notesOf("change/tools");
    expect(others).toEqual([]);
    expect(note?.id).toBe(before?.id);
    expect(note?.body).not.toBe(before?.body);
    expect(note?.body).toContain("ci/tools");
  });

  it("lets nobody but members read what a preview left behind", async () => {
    const [pipeline] = lab.gitlab
      .pipelines(INFRA)
      .filter(({ ref }) => ref.startsWith("refs/merge-requests/"));
    const job = pipeline?.jobs.find(({ name }) => name === "preview-dev");
    const file = `${INFRA_API}/jobs/${job?.id}/artifacts/preview/dev.json`;
    expect(await infra.ask("GET", file, undefined, "developer")).toMatchObject({ stack: "dev" });
    await expect(infra.ask("GET", file, undefined, "reporter")).rejects.toThrow(/40[34]/);
  });

  it("gives a branch that is not protected, and a fork, neither a secret nor a note", async () => {
    await change("feature", { [STACK_FILE]: infra.stackFile(tools("feature")) });
    for (const fork of [false, true]) {
      if (fork) {
        const { path } = await forkOf(lab, infra.project);
        await lab.gitlab.commit(
          path,
          { [STACK_FILE]: infra.stackFile(tools("feature")) },
          { branch: "feature" },
        );
      }
      const before = lab.gitlab.requests.length;
      const result = await preview("feature", fork);
      expect(statusesOf(result), explain(result)).toEqual({ check: "success", "preview-dev": "success" });
      expect(log(result)).toMatch(/offline/);
      expect(log(result)).toMatch(/changed project acme\/shop docker-bake\.hcl/);
      expect(await result.reports("preview-dev", "terraform")).toEqual([]);
      expect(writtenSince(before)).toEqual([]);
      expectNoSecret(result);
    }
  });

  it("applies by merging what was reviewed, and nothing else", async () => {
    await merge("change/tools");
    const result = await infra.run({});
    expect(statusesOf(result), explain(result)).toMatchObject({ "up-dev": "success" });
    expect(log(result)).toMatch(/the same as in .*!1/);
    expect(await lab.gitlab.readFile(PROJECT, "docker-bake.hcl")).toContain("ci/tools");
    const again = await infra.run({});
    expect(log(again)).toMatch(/nothing to do/);
  });

  it("says so where a change affects no stack", async () => {
    await change("change/words", { "README.md": "# Runners of Acme\n" });
    const result = await preview("change/words");
    expect(statusesOf(result), explain(result)).toEqual({ check: "success", note: "success" });
    expect(notesOf("change/words").map(({ body }) => body)).toEqual([expect.stringContaining("**Nothing**")]);
  });

  it("stops an update that would do something else than what was reviewed", async () => {
    await change("change/stale", { [STACK_FILE]: infra.stackFile(tools("stale")) });
    const reviewed = await preview("change/stale");
    expect(statusesOf(reviewed), explain(reviewed)).toMatchObject({ note: "success" });
    // Meanwhile somebody else's change gets there first.
    const rollback = { key: "buildx-runners:projects[0].rollback", value: true };
    await lab.gitlab.commit(INFRA, { [STACK_FILE]: infra.stackFile([...tools("ci/tools"), rollback]) });
    await merge("change/stale");
    const before = await committed();
    const stopped = await infra.run({});
    expect(statusesOf(stopped), explain(stopped)).toMatchObject({ "up-dev": "failed" });
    expect(log(stopped)).toMatch(/nothing was changed, .*!\d+:\n.*reviewed: update acme\/shop-/);
    expect(await committed()).toBe(before);
    const approved = await infra.run({}, [{ key: "APPROVED", value: fingerprintIn(stopped) }]);
    expect(statusesOf(approved), explain(approved)).toMatchObject({ "up-dev": "success" });
    expect(await committed()).not.toBe(before);
  });

  it("finds what somebody changed by hand, in one issue that ends with it", async () => {
    const variable = `${PROJECT_API}/variables/REGISTRY_USER`;
    await infra.ask("PUT", variable, { value: "somebody" });
    for (const _ of ["found", "still there"]) {
      const found = await drift();
      expect(statusesOf(found), explain(found)).toEqual({ "drift-dev": "success" });
      expect(driftIssues()).toEqual([[expect.stringContaining("dev"), "opened"]]);
    }
    await infra.ask("PUT", variable, { value: USER });
    const gone = await drift();
    expect(statusesOf(gone), explain(gone)).toEqual({ "drift-dev": "success" });
    expect(driftIssues()).toEqual([[expect.stringContaining("dev"), "closed"]]);
  });
});
