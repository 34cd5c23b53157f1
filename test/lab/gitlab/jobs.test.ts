import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewJob } from "../../../lab/gitlab/index.ts";
import { gitEnvironment } from "../../../lab/gitlab/repository.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.stop());

const SHA = "0123456789abcdef0123456789abcdef01234567";

const start = (more: Partial<NewJob> = {}) =>
  standIn.gitlab.startJob({
    name: "build",
    stage: "test",
    project: standIn.gitlab.project("acme/shop"),
    username: "root",
    pipeline: { id: 41, iid: 3, source: "push" },
    ref: { type: "branch", name: "main", path: "refs/heads/main", protected: true },
    sha: SHA,
    ...more,
  });

const git = (argv: readonly string[]) =>
  promisify(execFile)("git", argv, { env: { ...process.env, ...gitEnvironment } });
const address = (user: string, token: string, project = "acme/shop") =>
  `${standIn.gitlab.url.replace("://", `://${user}:${token}@`)}/${project}.git`;

describe("a job token", () => {
  test("reads its own project over Git while the job runs, and no longer", async () => {
    const job = start();
    expect(job.token).toMatch(/^glcbt-/);
    const url = address("gitlab-ci-token", job.token);
    expect((await git(["ls-remote", url])).stdout).toContain("refs/heads/main");
    job.finish();
    await expect(git(["ls-remote", url])).rejects.toThrow(/Authentication failed|could not read/);
  });

  test("reads no other project, and pushes nothing", async () => {
    await standIn.gitlab.createProject("acme/other", { "README.md": "# Other\n" });
    const { token } = start();
    await expect(git(["ls-remote", address("gitlab-ci-token", token, "acme/other")])).rejects.toThrow(
      "not found",
    );
    const clone = path.join(standIn.directory, "clone");
    await git(["clone", "--quiet", address("gitlab-ci-token", token), clone]);
    await expect(git(["-C", clone, "push", "--quiet", "origin", "HEAD:refs/heads/new"])).rejects.toThrow(
      /403|denied|not allowed/,
    );
  });

  test("is no user's password", async () => {
    const { token } = start();
    await expect(git(["ls-remote", address("oauth2", token)])).rejects.toThrow(/Authentication|read/);
  });
});

describe("an ID token", () => {
  const verify = async (token: string, audience: string) => {
    const discovery = await fetch(`${standIn.gitlab.url}/.well-known/openid-configuration`);
    const { issuer, jwks_uri } = (await discovery.json()) as { issuer: string; jwks_uri: string };
    return jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer, audience });
  };

  test("verifies against the published keys, for its audience alone", async () => {
    const job = start();
    const token = await job.idToken("https://vault.example.com");
    const { payload, protectedHeader } = await verify(token, "https://vault.example.com");
    expect(protectedHeader).toMatchObject({ alg: "RS256", kid: expect.any(String) });
    expect(payload).toMatchObject({
      iss: standIn.gitlab.url,
      sub: "project_path:acme/shop:ref_type:branch:ref:main",
      project_path: "acme/shop",
      namespace_path: "acme",
      pipeline_id: "41",
      pipeline_source: "push",
      job_id: String(job.id),
      ref: "main",
      ref_type: "branch",
      ref_path: "refs/heads/main",
      ref_protected: "true",
      sha: SHA,
      user_login: "root",
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(3600);
    await expect(verify(token, "https://other.example.com")).rejects.toThrow("aud");
    const [head, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ ...payload, ref_protected: "false" })).toString("base64url");
    await expect(verify(`${head}.${forged}.${signature}`, "https://vault.example.com")).rejects.toThrow(
      "signature",
    );
  });

  test("says of a ref that is not protected that it is not, and takes several audiences", async () => {
    const ref = { type: "tag", name: "v1", path: "refs/tags/v1", protected: false } as const;
    const token = await start({ ref }).idToken(["a", "b"]);
    const { payload } = await verify(token, "b");
    expect(payload).toMatchObject({
      ref_protected: "false",
      aud: ["a", "b"],
      sub: "project_path:acme/shop:ref_type:tag:ref:v1",
    });
  });
});

describe("a merge request", () => {
  test("brings a fork's commits into the project, and knows where they parted", async () => {
    const { gitlab } = standIn;
    const base = (await gitlab.commits("acme/shop"))[0]?.sha;
    const fork = await gitlab.fork("acme/shop", "visitor/shop");
    const sha = await gitlab.commit("visitor/shop", { "a.txt": "1\n" }, { branch: "fix" });
    await gitlab.commit("acme/shop", { "b.txt": "2\n" });
    const opened = await gitlab.openMergeRequest("acme/shop", { source: "fix", from: fork, author: "root" });
    expect(opened).toMatchObject({ iid: 1, sha, base, target: "main" });
    const { token } = start();
    const { stdout } = await git(["ls-remote", address("gitlab-ci-token", token)]);
    expect(stdout).toContain(`${sha}\trefs/merge-requests/1/head`);

    const next = await gitlab.commit("visitor/shop", { "a.txt": "2\n" }, { branch: "fix" });
    const again = await gitlab.openMergeRequest("acme/shop", { source: "fix", from: fork, author: "root" });
    expect(again).toMatchObject({ iid: 1, sha: next, base });
  });

  test("wants branches that are there", async () => {
    const opening = standIn.gitlab.openMergeRequest("acme/shop", { source: "nowhere", author: "root" });
    await expect(opening).rejects.toThrow("acme/shop has no branch nowhere");
  });
});
