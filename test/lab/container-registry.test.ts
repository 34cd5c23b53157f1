/** Debian's registry behind the lab's GitLab: who may push what is GitLab's to say. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createCa, type LabCa } from "../../lab/ca.ts";
import { freePort } from "../../lab/free-port.ts";
import { REGISTRY_ISSUER, REGISTRY_SERVICE, registrySigner } from "../../lab/gitlab/container-registry.ts";
import { type Gitlab, type JobCredentials, type Role, startGitlab } from "../../lab/gitlab/index.ts";
import { type Registry, startRegistry } from "../../lab/registry.ts";
import { ask, type RegistryAccess } from "../../lab/registry-client.ts";

describe.skipIf(!existsSync("/usr/bin/docker-registry"))("GitLab's registry", () => {
  let directory: string;
  let ca: LabCa;
  let gitlab: Gitlab;
  let registry: Registry;
  const project = () => gitlab.project("acme/shop");

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "container-registry-"));
    ca = await createCa(path.join(directory, "ca"));
    const certificate = await ca.issue("gitlab", { ips: ["127.0.0.1"] });
    const address = `127.0.0.1:${await freePort()}`;
    gitlab = await startGitlab({
      ...{ address: "127.0.0.1", port: 0, tls: certificate },
      directory: path.join(directory, "gitlab"),
      registry: { address, certificate },
    });
    await gitlab.createProject("acme/shop", { "README.md": "# Shop\n" });
    await gitlab.createProject("acme/other", { "README.md": "# Other\n" });
    for (const role of ["reporter", "developer", "maintainer"] as const)
      gitlab.createUser(role, { "acme/shop": role });
    registry = await startRegistry({
      ...{ address, ca, dataDirectory: path.join(directory, "data") },
      logPath: path.join(directory, "registry.log"),
      tokens: {
        realm: `${gitlab.url}/jwt/auth`,
        ...{ service: REGISTRY_SERVICE, issuer: REGISTRY_ISSUER },
        credentials: { user: "root", password: gitlab.adminToken },
      },
    });
  });
  afterEach(() => {
    project().tagRules.splice(0);
    project().repositoryRules.splice(0);
  });
  afterAll(async () => {
    await registry?.stop();
    await gitlab?.stop();
    await rm(directory, { recursive: true });
  });

  const as = (user: string, password: string): RegistryAccess => ({
    ...{ url: registry.url, caPem: ca.caPem },
    credentials: { user, password },
  });
  const byToken = (role: Role, scope: "api" | "read_registry" | "write_registry" | "read_api") =>
    as(role, gitlab.createToken(role, { scopes: [scope] }));

  /** A job of an unprotected branch. */
  function job(username: string, name = "acme/shop"): JobCredentials {
    return gitlab.startJob({
      ...{
        name: "docker-build",
        stage: "build",
        project: gitlab.project(name),
        username,
        sha: "0".repeat(40),
      },
      pipeline: { id: 1, iid: 1, source: "push" },
      ref: { type: "branch", name: "feature", path: "refs/heads/feature", protected: false },
    });
  }
  const byJob = (username: string) => as("gitlab-ci-token", job(username).token);

  const upload = async (access: RegistryAccess, repository: string) =>
    (await ask(access, "POST", `/v2/${repository}/blobs/uploads/`)).status;
  /** 400: permitted, and no manifest. */
  const tag = async (access: RegistryAccess, repository: string, name: string) =>
    (await ask(access, "PUT", `/v2/${repository}/manifests/${name}`)).status;
  const pull = async (access: RegistryAccess, repository: string) =>
    (await ask(access, "GET", `/v2/${repository}/tags/list`)).status;

  test("lets a job of any branch push to all of its own project, and to no other", async () => {
    const developer = byJob("developer");
    expect(await upload(developer, "acme/shop/app")).toBe(202);
    expect(await upload(developer, "acme/shop")).toBe(202);
    expect(await tag(developer, "acme/shop/app", "latest")).toBe(400);
    expect(await upload(developer, "acme/other/app")).toBe(401);
    expect(await upload(developer, "acme/shopping/app")).toBe(401);
    expect(await pull(developer, "acme/other/app")).toBe(401);
  });

  test("lets a job delete nothing", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const path = `/v2/acme/shop/app/manifests/${digest}`;
    expect((await ask(byJob("maintainer"), "DELETE", path)).status).toBe(401);
    expect((await ask(byToken("maintainer", "write_registry"), "DELETE", path)).status).toBe(404);
  });

  test("takes no token of a job that has ended, and no unknown one", async () => {
    const ended = job("developer");
    ended.finish();
    expect(await upload(as("gitlab-ci-token", ended.token), "acme/shop/app")).toBe(401);
    expect(await upload(as("developer", "glpat-unknown"), "acme/shop/app")).toBe(401);
  });

  test("goes by the scopes and the role of a user's token", async () => {
    expect(await upload(byToken("developer", "write_registry"), "acme/shop/app")).toBe(202);
    expect(await upload(byToken("developer", "api"), "acme/shop/app")).toBe(202);
    expect(await upload(byToken("developer", "read_registry"), "acme/shop/app")).toBe(401);
    expect(await upload(byToken("reporter", "write_registry"), "acme/shop/app")).toBe(401);
    expect(await pull(byToken("reporter", "read_registry"), "acme/shop/app")).toBe(404);
    expect(await pull(byToken("developer", "read_api"), "acme/shop/app")).toBe(401);
  });

  test("guards the tags of a rule from users below its role, in their jobs too, and no other tag", async () => {
    project().tagRules.push({
      id: 1,
      pattern: "^latest$",
      pushLevel: "maintainer",
      deleteLevel: "maintainer",
    });
    for (const access of [byJob("developer"), byToken("developer", "write_registry")]) {
      expect(await tag(access, "acme/shop/app", "latest")).toBe(403);
      expect(await tag(access, "acme/shop/app", "latest-1")).toBe(400);
    }
    expect(await tag(byJob("maintainer"), "acme/shop/app", "latest")).toBe(400);
  });

  test("guards a repository of a rule, and no other", async () => {
    const rule = { id: 1, pattern: "acme/shop/*-cache", pushLevel: "maintainer", deleteLevel: null };
    project().repositoryRules.push(rule);
    expect(await upload(byJob("developer"), "acme/shop/app-cache")).toBe(403);
    expect(await upload(byJob("developer"), "acme/shop/app")).toBe(202);
    expect(await upload(byJob("maintainer"), "acme/shop/app-cache")).toBe(202);
    expect(await pull(byJob("developer"), "acme/shop/app-cache")).toBe(404);
  });

  test("gives nothing where the project has it switched off", async () => {
    project().settings.container_registry_access_level = "disabled";
    expect(await upload(byJob("maintainer"), "acme/shop/app")).toBe(401);
    project().settings.container_registry_access_level = "enabled";
  });

  test("believes no token that another key signed", async () => {
    const other = await createCa(path.join(directory, "other-ca"));
    const sign = await registrySigner(await other.issue("gitlab", { ips: ["127.0.0.1"] }));
    const token = await sign([{ type: "repository", name: "acme/shop/app", actions: ["pull"] }], "root");
    const { status } = await ask(
      { url: registry.url, caPem: ca.caPem },
      "GET",
      "/v2/acme/shop/app/tags/list",
      {
        authorization: `Bearer ${token}`,
      },
    );
    expect(status).toBe(401);
  });

  test("sends clients for tokens to its own address, the only private one that signing clients accept", async () => {
    const { headers } = await ask({ url: registry.url, caPem: ca.caPem }, "GET", "/v2/");
    expect(headers.get("www-authenticate")).toContain(`realm="${registry.url}/jwt/auth"`);
  });

  test("shows an administrator everything", async () => {
    expect(await registry.repositories()).toEqual(expect.any(Array));
    expect((await ask(byToken("maintainer", "api"), "GET", "/v2/_catalog")).status).toBe(401);
  });
});
