import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEngine, type Engine } from "../../../../lab/engine/index.ts";
import { findExecutable } from "../../../../lab/engine/plugins.ts";
import { Bench } from "./bench.ts";

const password = "s3cret-of-the-registry";
const kinds: readonly Engine["kind"][] =
  findExecutable("pulumi", process.env.PATH) === undefined ? ["in-process"] : ["in-process", "pulumi"];

let bench: Bench;
let directory: string;

beforeEach(async () => {
  bench = await Bench.start();
  directory = mkdtempSync(path.join(tmpdir(), "gitlab-engine-"));
});
afterEach(async () => {
  await bench.stop();
  rmSync(directory, { recursive: true, force: true });
});

function engineFor(kind: Engine["kind"], content: string): Promise<Engine> {
  const configFile = path.join(directory, "Pulumi.test.yaml");
  writeFileSync(configFile, "config: {}\n");
  return createEngine({
    engine: kind,
    projectDirectory: path.join(import.meta.dirname, "program"),
    stack: "test",
    configFile,
    config: [
      { key: "gitlab:baseUrl", value: bench.gitlab.apiUrl },
      { key: "gitlab:token", value: bench.gitlab.adminToken, secret: true },
      { key: "gitlab-provider:path", value: "acme/shop" },
      { key: "gitlab-provider:content", value: content },
      { key: "gitlab-provider:password", value: password, secret: true },
    ],
    stateDirectory: path.join(directory, "state"),
  });
}

function keptText(): string {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

describe.each(kinds)("the provider under the engine (%s)", { timeout: 120_000 }, (kind) => {
  test("creates, finds nothing to do, mends drift, keeps secrets and clears up", async () => {
    const engine = await engineFor(kind, "first: {script: make}\n");
    const first = await engine.up();
    expect(first.changes).toMatchObject({ create: 4, update: 0 });
    const [runner] = bench.gitlab.runners();
    expect(first.outputs.token).toEqual({ value: runner?.token, secret: true });
    expect(bench.gitlab.variables("acme/shop")).toMatchObject([{ value: password, masked: true }]);
    const [commit] = await bench.gitlab.commits("acme/shop");
    expect(first.outputs.commit?.value).toBe(commit?.sha);
    expect((await engine.preview()).changes).toMatchObject({ create: 0, update: 0, replace: 0, same: 4 });

    await bench.gitlab.commit("acme/shop", { ".gitlab-ci.yml": "theirs\n" });
    await engine.refresh();
    const mended = await engine.up();
    expect(mended.changes).toMatchObject({ update: 1, replace: 0, same: 3 });
    expect(mended.outputs.token).toEqual({ value: runner?.token, secret: true });
    expect(await bench.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBe("first: {script: make}\n");

    const kept = keptText();
    for (const secret of [runner?.token, password, bench.gitlab.adminToken])
      expect(kept).not.toContain(secret);

    await engine.destroy();
    expect(bench.gitlab.runners()).toEqual([]);
    expect(bench.gitlab.variables("acme/shop")).toEqual([]);
    expect(await bench.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBeUndefined();
  });

  test("ends with GitLab's message where a file is there already", async () => {
    await bench.gitlab.commit("acme/shop", { ".gitlab-ci.yml": "theirs\n" });
    const engine = await engineFor(kind, "ours: {script: make}\n");
    await expect(engine.up()).rejects.toThrow("A file with this name already exists");
    expect(await bench.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBe("theirs\n");
  });
});
