import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";
const file = `${shop}/repository/files/.gitlab-ci.yml`;
const pipeline = { branch: "main", content: "job: {script: make}\n", commit_message: "Add the pipeline" };

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.stop());

describe("files", () => {
  test("are committed, described, changed and removed", async () => {
    expect(await standIn.call("POST", file, pipeline)).toMatchObject({
      status: 201,
      body: { file_path: ".gitlab-ci.yml", branch: "main" },
    });
    const [first] = await standIn.gitlab.commits("acme/shop");
    const described = await standIn.call("GET", `${file}?ref=main`);
    expect(described.body).toMatchObject({
      encoding: "base64",
      content: Buffer.from(pipeline.content).toString("base64"),
      size: pipeline.content.length,
      ref: "main",
      last_commit_id: first?.sha,
      execute_filemode: false,
    });

    const base64 = { ...pipeline, encoding: "base64", content: Buffer.from("other\n").toString("base64") };
    expect((await standIn.call("PUT", file, base64)).status).toBe(200);
    expect(await standIn.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBe("other\n");
    expect((await standIn.call("DELETE", file, { branch: "main", commit_message: "Remove" })).status).toBe(
      204,
    );
    expect(await standIn.call("GET", `${file}?ref=main`)).toMatchObject({
      status: 404,
      body: { message: "404 File Not Found" },
    });
    const messages = (await standIn.gitlab.commits("acme/shop")).map(({ message }) => message.trim());
    expect(messages).toEqual(["Remove", "Add the pipeline", "Add the pipeline", "Initial commit"]);
  });

  test("are not created twice, nor changed or removed where there are none", async () => {
    expect(await standIn.call("PUT", file, pipeline)).toMatchObject({
      status: 400,
      body: { message: "A file with this name doesn't exist" },
    });
    await standIn.call("POST", file, pipeline);
    expect(await standIn.call("POST", file, pipeline)).toMatchObject({
      status: 400,
      body: { message: "A file with this name already exists" },
    });
    expect(await standIn.gitlab.commits("acme/shop")).toHaveLength(2);
  });

  test("are not committed without a change", async () => {
    await standIn.call("POST", file, pipeline);
    expect((await standIn.call("PUT", file, pipeline)).status).toBe(400);
    expect(await standIn.gitlab.commits("acme/shop")).toHaveLength(2);
  });

  test("that someone else changed meanwhile stay as they are", async () => {
    await standIn.call("POST", file, pipeline);
    const [known] = await standIn.gitlab.commits("acme/shop");
    await standIn.gitlab.commit("acme/shop", { ".gitlab-ci.yml": "theirs\n" });
    expect(await standIn.call("PUT", file, { ...pipeline, last_commit_id: known?.sha })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("changed since you started editing") },
    });
    expect(await standIn.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBe("theirs\n");
  });

  test.each([
    [{ content: "x" }, { error: "branch is missing, commit_message is missing" }],
    [{ ...pipeline, commit_message: " " }, { error: "commit_message is empty" }],
    [{ ...pipeline, encoding: "rot13" }, { error: "encoding does not have a valid value" }],
    [
      { ...pipeline, branch: "absent" },
      { message: "You can only create or edit files when you are on a branch" },
    ],
  ])("are not committed from %j", async (parameters, body) => {
    expect(await standIn.call("POST", file, parameters)).toMatchObject({ status: 400, body });
    expect(await standIn.gitlab.commits("acme/shop")).toHaveLength(1);
  });

  test.each(["../outside", ".git/hooks/update", "/absolute", "a//b"])("cannot be %s", async (name) => {
    const place = `${shop}/repository/files/${encodeURIComponent(name)}`;
    expect(await standIn.call("POST", place, pipeline)).toMatchObject({
      status: 400,
      body: { error: "file_path should be a valid file path" },
    });
  });

  test("of two requests at once are both kept", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `file-${index}`);
    await Promise.all(
      names.map((name) => standIn.call("POST", `${shop}/repository/files/${name}`, pipeline)),
    );
    expect(await standIn.gitlab.commits("acme/shop")).toHaveLength(1 + names.length);
    for (const name of names) expect(await standIn.gitlab.readFile("acme/shop", name)).toBe(pipeline.content);
  });

  test("on a protected branch are for those who may push there", async () => {
    standIn.gitlab.createUser("dev", { acme: "developer" });
    const token = standIn.gitlab.createToken("dev");
    expect(await standIn.call("POST", file, pipeline, { token })).toMatchObject({
      status: 400,
      body: { message: "You are not allowed to push into this branch" },
    });
    standIn.gitlab.protectBranch("acme/shop", "main", { push: "developer" });
    expect((await standIn.call("POST", file, pipeline, { token })).status).toBe(201);
    standIn.gitlab.setRole("dev", "acme", "reporter");
    expect((await standIn.call("PUT", file, pipeline, { token })).status).toBe(403);
  });
});

describe("pipelines", () => {
  test("start with each commit that has a pipeline file", async () => {
    expect(standIn.gitlab.pipelines("acme/shop")).toEqual([]);
    await standIn.call("POST", file, pipeline);
    const [commit] = await standIn.gitlab.commits("acme/shop");
    expect(standIn.gitlab.pipelines("acme/shop")).toMatchObject([
      { sha: commit?.sha, ref: "main", source: "push", status: "pending" },
    ]);
    await standIn.gitlab.commit("acme/shop", { other: "x" }, { message: "Say nothing [skip ci]" });
    expect(standIn.gitlab.pipelines("acme/shop").map(({ status }) => status)).toEqual(["pending", "skipped"]);
  });
});

describe("branches", () => {
  test("tell whether they are protected", async () => {
    const branches = `${shop}/repository/branches`;
    await standIn.gitlab.commit("acme/shop", { "a.txt": "1\n" }, { branch: "feature/x" });
    expect(await standIn.call("GET", `${branches}/feature%2Fx`)).toMatchObject({
      status: 200,
      body: { name: "feature/x", default: false, protected: false, can_push: true },
    });
    expect((await standIn.call("GET", `${branches}/main`)).body).toMatchObject({
      default: true,
      protected: true,
    });
    expect(await standIn.call("GET", `${branches}/nowhere`)).toMatchObject({
      status: 404,
      body: { message: "404 Branch Not Found" },
    });
  });
});

describe("Git over HTTP", () => {
  const git = (directory: string, ...argv: string[]) =>
    execa("git", ["-C", directory, "-c", "user.name=Dev", "-c", "user.email=dev@example.com", ...argv], {
      reject: false,
      extendEnv: false,
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_TERMINAL_PROMPT: "0" },
    });

  async function clone(
    token: string,
  ): Promise<{ exitCode: number | undefined; directory: string; stderr: string }> {
    const directory = path.join(standIn.directory, "clone");
    const url = standIn.gitlab.cloneUrl("acme/shop", token);
    const { exitCode, stderr } = await git(standIn.directory, "clone", "--quiet", url, directory);
    return { exitCode, directory, stderr };
  }

  async function commit(directory: string, name: string, content: string): Promise<void> {
    await writeFile(path.join(directory, name), content);
    await git(directory, "add", "--all");
    expect((await git(directory, "commit", "--quiet", "--message", `Add ${name}`)).exitCode).toBe(0);
  }

  test("clones what was committed, and takes a push, which starts a pipeline", async () => {
    await standIn.call("POST", file, pipeline);
    const { exitCode, directory } = await clone(standIn.gitlab.adminToken);
    expect(exitCode).toBe(0);
    expect(await readFile(path.join(directory, ".gitlab-ci.yml"), "utf8")).toBe(pipeline.content);
    await commit(directory, "new.txt", "pushed\n");
    expect((await git(directory, "push", "--quiet", "origin", "HEAD:feature/y")).exitCode).toBe(0);
    expect(await standIn.gitlab.readFile("acme/shop", "new.txt", "feature/y")).toBe("pushed\n");
    expect(standIn.gitlab.pipelines("acme/shop").at(-1)).toMatchObject({ ref: "feature/y", source: "push" });
  });

  test("keeps programs executable", async () => {
    await standIn.gitlab.commit("acme/shop", {
      "run.sh": { content: "#!/bin/sh\nexit 0\n", executable: true },
    });
    const { directory } = await clone(standIn.gitlab.adminToken);
    expect((await execa(path.join(directory, "run.sh"))).exitCode).toBe(0);
  });

  test("refuses a wrong token, a stranger, and a token that may not read", async () => {
    standIn.gitlab.createUser("stranger");
    standIn.gitlab.createUser("lead", { acme: "maintainer" });
    for (const token of [
      "glpat-wrong",
      standIn.gitlab.createToken("stranger"),
      standIn.gitlab.createToken("lead", { scopes: ["create_runner"] }),
    ]) {
      expect((await clone(token)).exitCode).not.toBe(0);
    }
    expect((await clone(standIn.gitlab.createToken("lead", { scopes: ["read_repository"] }))).exitCode).toBe(
      0,
    );
  });

  test("refuses a push to a protected branch or tag, and takes the rest", async () => {
    standIn.gitlab.createUser("dev", { acme: "developer" });
    standIn.gitlab.protectBranch("acme/shop", "release/*");
    await standIn.call("POST", `${shop}/protected_tags`, { name: "v*" });
    const { directory } = await clone(standIn.gitlab.createToken("dev", { scopes: ["write_repository"] }));
    await commit(directory, "new.txt", "pushed\n");
    for (const ref of ["main", "release/1", "refs/tags/v1"]) {
      const { exitCode, stderr } = await git(directory, "push", "origin", `HEAD:${ref}`);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain("GitLab: You are not allowed to");
    }
    expect((await git(directory, "push", "origin", "HEAD:feature/z", "HEAD:refs/tags/t1")).exitCode).toBe(0);
    expect(await standIn.gitlab.commits("acme/shop")).toHaveLength(1);
  });

  test("refuses a push from who may only read", async () => {
    standIn.gitlab.createUser("reporter", { acme: "reporter" });
    const { directory } = await clone(standIn.gitlab.createToken("reporter"));
    await commit(directory, "new.txt", "pushed\n");
    expect((await git(directory, "push", "origin", "HEAD:feature/r")).exitCode).not.toBe(0);
  });

  test("takes a big push", async () => {
    const { directory } = await clone(standIn.gitlab.adminToken);
    const bytes = Array.from({ length: 60_000 }, (_, index) => `${(index * 2654435761) % 4294967296}`).join(
      "\n",
    );
    await commit(directory, "big.txt", bytes);
    expect((await git(directory, "push", "--quiet", "origin", "HEAD:main")).exitCode).toBe(0);
    expect(await standIn.gitlab.readFile("acme/shop", "big.txt")).toBe(bytes);
  });
});
