import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCa } from "../../../../lab/ca.ts";
import { startGitlab } from "../../../../lab/gitlab/index.ts";
import { GitlabProvider } from "../../../../lab/providers/gitlab/provider.ts";
import { settingsFrom } from "../../../../lab/providers/gitlab/settings.ts";
import { Bench, Life } from "./bench.ts";

let bench: Bench;
const runner = "userRunner:UserRunner";
const instance = { runnerType: "instance_type" };

beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

function call(token: string, name: string, args: Record<string, string | number> = {}) {
  return bench.provider(token).invoke(`gitlab:index/${name}:${name}`, args);
}

describe("functions", () => {
  test("getProject finds by path and by number", async () => {
    const { id } = bench.gitlab.project("acme/shop");
    const { outputs } = await call(bench.gitlab.adminToken, "getProject", { pathWithNamespace: "acme/shop" });
    expect(outputs).toMatchObject({
      id: String(id),
      pathWithNamespace: "acme/shop",
      defaultBranch: "main",
      webUrl: `${bench.gitlab.url}/acme/shop`,
      emptyRepo: false,
    });
    expect((await call(bench.gitlab.adminToken, "getProject", { id: String(id) })).outputs).toEqual(outputs);
  });

  test("getGroup finds by path and by number", async () => {
    const groupId = bench.gitlab.createGroup("acme");
    const { outputs } = await call(bench.gitlab.adminToken, "getGroup", { fullPath: "acme" });
    expect(outputs).toMatchObject({
      groupId,
      id: String(groupId),
      fullPath: "acme",
      visibilityLevel: "private",
    });
    expect((await call(bench.gitlab.adminToken, "getGroup", { groupId })).outputs).toEqual(outputs);
  });

  test("getRepositoryFile gives base64, and GitLab's 404 where there is none", async () => {
    const place = { project: "acme/shop", ref: "main", filePath: "README.md" };
    expect((await call(bench.gitlab.adminToken, "getRepositoryFile", place)).outputs).toMatchObject({
      id: "acme/shop:main:README.md",
      encoding: "base64",
      content: Buffer.from("# Shop\n").toString("base64"),
      executeFilemode: false,
    });
    const absent = call(bench.gitlab.adminToken, "getRepositoryFile", { ...place, filePath: "none" });
    await expect(absent).rejects.toThrow("404 {message: 404 File Not Found}");
  });

  test("others are refused by name", async () => {
    await expect(call(bench.gitlab.adminToken, "getWeather")).rejects.toThrow(
      "has no function gitlab:index/getWeather",
    );
  });
});

describe("refusals carry GitLab's message", () => {
  test("wrong token", async () => {
    await expect(new Life(bench.provider("glpat-wrong"), runner).create(instance)).rejects.toThrow(
      `POST ${bench.gitlab.apiUrl}user/runners: 401 {message: 401 Unauthorized}`,
    );
  });

  test("no token", async () => {
    await expect(new Life(bench.provider(""), runner).create(instance)).rejects.toThrow("gitlab:token");
  });

  test("missing scope", async () => {
    const token = bench.gitlab.createToken("root", { scopes: ["read_api"] });
    await expect(new Life(bench.provider(token), runner).create(instance)).rejects.toThrow(
      /403 .*insufficient_scope.*create_runner/,
    );
  });

  test("no permission", async () => {
    bench.gitlab.createUser("dev", { acme: "developer" });
    const token = bench.gitlab.createToken("dev");
    await expect(new Life(bench.provider(token), runner).create(instance)).rejects.toThrow(
      "403 {message: 403 Forbidden - Insufficient permissions}",
    );
    const variable = { project: "acme/shop", key: "A", value: "b" };
    const life = new Life(bench.provider(token), "projectVariable:ProjectVariable");
    await expect(life.create(variable)).rejects.toThrow("403 {message: 403 Forbidden}");
    expect(bench.gitlab.variables("acme/shop")).toEqual([]);
  });

  test("no such project", async () => {
    const life = new Life(bench.provider(), "projectVariable:ProjectVariable");
    await expect(life.create({ project: "acme/none", key: "A", value: "b" })).rejects.toThrow(
      "404 {message: 404 Project Not Found}",
    );
  });

  test("nobody there", async () => {
    const provider = new GitlabProvider({ baseUrl: "http://127.0.0.1:1/api/v4/", token: "t" });
    await expect(new Life(provider, runner).create(instance)).rejects.toThrow(
      /no answer .*check gitlab:baseUrl/,
    );
    await provider.close();
  });

  test("a resource the lab does not have", async () => {
    await expect(new Life(bench.provider(), "label:Label").create({})).rejects.toThrow(
      "has no resource gitlab:index/label:Label",
    );
  });
});

describe("settings", () => {
  test("come from the stack, and from the environment where the stack is silent", () => {
    const environment = { GITLAB_TOKEN: "from-environment" };
    const config = { token: "from-stack", baseUrl: "https://git.example.com/api/v4" };
    expect(settingsFrom(config, environment)).toEqual({
      token: "from-stack",
      baseUrl: "https://git.example.com/api/v4/",
      insecure: false,
    });
    expect(settingsFrom({}, environment)).toMatchObject({
      token: "from-environment",
      baseUrl: "https://gitlab.com/api/v4/",
    });
  });

  test("name the file of certificates that cannot be read", () => {
    expect(() => settingsFrom({ cacertFile: "/does/not/exist" })).toThrow("gitlab:cacertFile");
  });
});

describe("over TLS", () => {
  test("trusts the authority it is given, and no other", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "gitlab-tls-"));
    const ca = await createCa(path.join(directory, "ca"));
    const tls = await ca.issue("gitlab", { ips: ["127.0.0.1"] });
    const gitlab = await startGitlab({
      address: "127.0.0.1",
      port: 0,
      tls,
      directory: path.join(directory, "data"),
    });
    const caFile = path.join(directory, "trusted.pem");
    await writeFile(caFile, ca.caPem);
    const common = { GITLAB_BASE_URL: gitlab.apiUrl, GITLAB_TOKEN: gitlab.adminToken };
    const trusting = new GitlabProvider(settingsFrom({}, { ...common, GITLAB_CACERT_FILE: caFile }));
    const doubting = new GitlabProvider(settingsFrom({}, common));
    try {
      gitlab.createGroup("acme");
      const group = "gitlab:index/getGroup:getGroup";
      const args = { fullPath: "acme" };
      expect((await trusting.invoke(group, args)).outputs).toMatchObject(args);
      await expect(doubting.invoke(group, args)).rejects.toThrow("gitlab:cacertFile");
    } finally {
      await Promise.all([trusting.close(), doubting.close(), gitlab.stop()]);
      await rm(directory, { recursive: true, force: true });
    }
  });
});
