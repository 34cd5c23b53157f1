/** The command line in a process of its own, before a GitLab for whose certificate only the job's own file vouches. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCa } from "../../lab/ca.ts";
import { type Gitlab, startGitlab } from "../../lab/gitlab/index.ts";
import { COMMIT, change, recordOf } from "./samples.ts";

const INFRA = "acme/infra";
const CLI = fileURLToPath(new URL("../../delivery/cli.ts", import.meta.url));

const directory = mkdtempSync(join(tmpdir(), "buildx-runners-delivery-"));
let gitlab: Gitlab;
let environment: Record<string, string>;

beforeAll(async () => {
  const ca = await createCa(join(directory, "ca"));
  gitlab = await startGitlab({
    address: "127.0.0.1",
    port: 0,
    directory: join(directory, "data"),
    tls: await ca.issue("gitlab", { ips: ["127.0.0.1"] }),
  });
  await gitlab.createProject(INFRA, { "README.md": "# Infrastructure\n" });
  gitlab.createUser("dana", { acme: "developer" });
  await gitlab.commit(INFRA, { "a.txt": "1\n" }, { branch: "change" });
  await gitlab.openMergeRequest(INFRA, { source: "change", author: "dana" });
  const { id } = await gitlab.recordPipeline(INFRA, { mergeRequest: 1, jobs: [{ name: "preview-dev" }] });
  mkdirSync(join(directory, "preview"));
  writeFileSync(join(directory, "Pulumi.dev.yaml"), "config: {}\n");
  writeFileSync(
    join(directory, "delivery.yaml"),
    "backend: file:///srv/state\nenvironments: [{ stack: dev, tier: development }]\n",
  );
  writeFileSync(
    join(directory, "preview/dev.json"),
    JSON.stringify(recordOf("dev", { changes: [change("create", "linux", "command:remote:Command")] })),
  );
  environment = {
    PATH: process.env.PATH ?? "",
    CI_API_V4_URL: `${gitlab.url}/api/v4`,
    CI_PROJECT_ID: String(gitlab.project(INFRA).id),
    CI_PROJECT_URL: `${gitlab.url}/${INFRA}`,
    CI_COMMIT_REF_PROTECTED: "true",
    CI_COMMIT_SHA: COMMIT,
    CI_PIPELINE_ID: String(id),
    CI_MERGE_REQUEST_IID: "1",
    CI_SERVER_TLS_CA_FILE: ca.caPath,
    DELIVERY_TOKEN: gitlab.createProjectToken(INFRA, "developer"),
  };
});
afterAll(async () => {
  await gitlab.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Exit code and output of a command. */
async function delivery(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const run = promisify(execFile)(process.execPath, [CLI, ...args], {
    cwd: directory,
    env: { ...environment, ...more },
  });
  return run.then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
  );
}

describe("the delivery's command line", () => {
  it("trusts the certificate that the job is given, and no other", async () => {
    const refused = await delivery(["note", "--in", "preview"], { CI_SERVER_TLS_CA_FILE: "" });
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(
      /^cannot read the pipeline's jobs: GitLab does not answer: fetch failed: .*certificate/,
    );

    expect(await delivery(["note", "--in", "preview"])).toEqual({
      code: 0,
      text: "The note of merge request !1: created\n",
    });
    expect(gitlab.mergeRequests(INFRA)[0]?.notes.map(({ body }) => body)).toEqual([
      expect.stringContaining("| create | `linux` `command:remote:Command` |  |"),
    ]);
    const { code, text } = await delivery(["note", "--in", "preview"], { DELIVERY_TOKEN: "glpat-wrong" });
    expect([code, text.split("\n")]).toEqual([1, [expect.stringContaining("GitLab answered 401"), ""]]);
  });
});
