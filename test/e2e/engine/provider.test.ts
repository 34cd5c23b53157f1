import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensurePulumi, openLabStack } from "../../../lab/engine/index.ts";
import type { StackEngine } from "../../../stack/engine.ts";
import { Bench } from "../../lab/providers/gitlab/bench.ts";
import { changesIn } from "./changes.ts";

const password = "s3cret-of-the-registry";

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

async function engineFor(content: string): Promise<StackEngine> {
  const configFile = path.join(directory, "Pulumi.test.yaml");
  writeFileSync(configFile, "config: {}\n");
  return openLabStack({
    pulumi: await ensurePulumi(),
    projectDirectory: path.join(import.meta.dirname, "provider-program"),
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
  // Not in its packages, which a link leads to.
  return readdirSync(path.join(directory, "state/backend"), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

describe("the GitLab provider under the real engine", () => {
  test("creates, finds nothing to do, mends drift, keeps secrets and clears up", async () => {
    const engine = await engineFor("first: {script: make}\n");
    const first = await engine.up();
    // The stack is a resource, too.
    expect(first.changes.map(({ op }) => op)).toEqual(["create", "create", "create", "create"]);
    const [runner] = bench.gitlab.runners();
    expect((await engine.outputs()).token).toBe("[secret]");
    expect(bench.gitlab.variables("acme/shop")).toMatchObject([{ value: password, masked: true }]);
    const [commit] = await bench.gitlab.commits("acme/shop");
    expect((await engine.outputs()).commit).toBe(commit?.sha);
    expect(await engine.preview()).toMatchObject({ changes: [], unchanged: 4 });

    await bench.gitlab.commit("acme/shop", { ".gitlab-ci.yml": "theirs\n" });
    await engine.refresh();
    const mended = await engine.up();
    expect(changesIn(mended)).toEqual(["update pipeline content"]);
    expect(mended.unchanged).toBe(3);
    expect(await bench.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBe("first: {script: make}\n");

    const kept = keptText();
    expect(kept).toContain("REGISTRY_PASSWORD");
    for (const secret of [runner?.token, password, bench.gitlab.adminToken])
      expect(kept).not.toContain(secret);

    await engine.destroy();
    expect(bench.gitlab.runners()).toEqual([]);
    expect(bench.gitlab.variables("acme/shop")).toEqual([]);
    expect(await bench.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBeUndefined();
  });

  test("ends with GitLab's message where a file is there already", async () => {
    await bench.gitlab.commit("acme/shop", { ".gitlab-ci.yml": "theirs\n" });
    const engine = await engineFor("ours: {script: make}\n");
    await expect(engine.up()).rejects.toThrow("A file with this name already exists");
    expect(await bench.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBe("theirs\n");
  });
});
