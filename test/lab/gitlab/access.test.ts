import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGitlab } from "../../../lab/gitlab/index.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";

beforeAll(async () => {
  standIn = await startStandIn();
  standIn.gitlab.createUser("guest", { acme: "guest" });
  standIn.gitlab.createUser("dev", { "acme/shop": "developer" });
  standIn.gitlab.createUser("lead", { acme: "maintainer" });
  standIn.gitlab.createUser("stranger", { acm: "owner", "acme/shop2": "owner" });
});
afterAll(() => standIn.stop());

describe("who may ask", () => {
  test.each([
    ["no token", null],
    ["an unknown token", "glpat-unknown"],
  ])("refuses %s", async (_, token) => {
    expect(await standIn.call("GET", "user", undefined, { token })).toMatchObject({
      status: 401,
      body: { message: "401 Unauthorized" },
    });
  });

  test("takes a token as Bearer as well", async () => {
    const headers = { authorization: `Bearer ${standIn.gitlab.createToken("dev")}` };
    expect(await standIn.call("GET", "user", undefined, { token: null, headers })).toMatchObject({
      status: 200,
      body: { username: "dev" },
    });
  });

  test("refuses a token that was revoked or is past its day", async () => {
    const revoked = standIn.gitlab.createToken("dev");
    standIn.gitlab.revokeToken(revoked);
    const expired = standIn.gitlab.createToken("dev", { expiresAt: "2020-01-01" });
    for (const token of [revoked, expired]) {
      expect(await standIn.call("GET", "user", undefined, { token })).toMatchObject({
        status: 401,
        body: { error: "invalid_token" },
      });
    }
  });

  test("refuses a token without the scope, and names the scopes that would do", async () => {
    const token = standIn.gitlab.createToken("lead", { scopes: ["read_api"] });
    expect((await standIn.call("GET", shop, undefined, { token })).status).toBe(200);
    expect(
      await standIn.call("POST", `${shop}/variables`, { key: "A", value: "b" }, { token }),
    ).toMatchObject({
      status: 403,
      body: { error: "insufficient_scope", scope: "api" },
    });
    expect(
      await standIn.call("POST", "user/runners", { runner_type: "instance_type" }, { token }),
    ).toMatchObject({
      status: 403,
      body: { error: "insufficient_scope", scope: "api create_runner" },
    });
  });

  test("tells a token about itself, whatever its scope", async () => {
    const token = standIn.gitlab.createToken("dev", { scopes: ["create_runner"] });
    expect(await standIn.call("GET", "personal_access_tokens/self", undefined, { token })).toMatchObject({
      status: 200,
      body: { scopes: ["create_runner"], active: true, revoked: false },
    });
  });
});

describe("what a role allows", () => {
  test("hides a private project from strangers, also from those with a role on a similar path", async () => {
    const token = standIn.gitlab.createToken("stranger");
    expect(await standIn.call("GET", shop, undefined, { token })).toMatchObject({
      status: 404,
      body: { message: "404 Project Not Found" },
    });
    expect(await standIn.call("GET", "groups/acme", undefined, { token })).toMatchObject({
      status: 404,
      body: { message: "404 Group Not Found" },
    });
  });

  test("counts a group's role for its projects", async () => {
    const token = standIn.gitlab.createToken("lead");
    expect(await standIn.call("GET", shop, undefined, { token })).toMatchObject({
      status: 200,
      body: {
        path_with_namespace: "acme/shop",
        default_branch: "main",
        permissions: { project_access: { access_level: 40 } },
      },
    });
    expect((await standIn.call("GET", `${shop}/variables`, undefined, { token })).status).toBe(200);
  });

  test("shows a developer no variables and no protections", async () => {
    const token = standIn.gitlab.createToken("dev");
    for (const path of [
      "variables",
      "protected_branches",
      "protected_tags",
      "registry/protection/tag/rules",
    ]) {
      expect(await standIn.call("GET", `${shop}/${path}`, undefined, { token })).toMatchObject({
        status: 403,
        body: { message: "403 Forbidden" },
      });
    }
  });

  test("takes a role away again", async () => {
    standIn.gitlab.createUser("leaver", { acme: "maintainer" });
    const token = standIn.gitlab.createToken("leaver");
    expect((await standIn.call("GET", shop, undefined, { token })).status).toBe(200);
    standIn.gitlab.setRole("leaver", "acme", undefined);
    expect((await standIn.call("GET", shop, undefined, { token })).status).toBe(404);
  });
});

describe("the server", () => {
  test("knows projects and groups by number and by path", async () => {
    const { id } = standIn.gitlab.project("acme/shop");
    const byNumber = await standIn.call("GET", `projects/${id}`);
    expect(byNumber.body).toEqual((await standIn.call("GET", shop)).body);
    expect(await standIn.call("GET", "groups/acme")).toMatchObject({
      status: 200,
      body: { full_path: "acme" },
    });
  });

  test("answers what it does not have with GitLab's shape", async () => {
    expect(await standIn.call("GET", "no/such/endpoint")).toMatchObject({
      status: 404,
      body: { error: "404 Not Found" },
    });
    expect(await standIn.call("GET", "projects/acme%2Fother")).toMatchObject({
      status: 404,
      body: { message: "404 Project Not Found" },
    });
  });

  test("pages lists", async () => {
    for (const name of ["v1", "v2", "v3", "v4"]) {
      await standIn.call("POST", `${shop}/protected_tags`, { name });
    }
    const { body, headers } = await standIn.call("GET", `${shop}/protected_tags?per_page=3&page=2`);
    expect(body).toMatchObject([{ name: "v4" }]);
    expect(headers.get("x-total")).toBe("4");
    expect(headers.get("x-next-page")).toBe("");
  });

  test("logs method, path and status, and no secret", async () => {
    const seen = standIn.gitlab.requests.length;
    await standIn.call("POST", `${shop}/variables?value=top-secret-1`, { key: "LOGGED", masked: true });
    expect(standIn.gitlab.requests.slice(seen)).toEqual([
      { method: "POST", path: `/api/v4/${shop}/variables`, status: 201 },
    ]);
    expect(JSON.stringify(standIn.gitlab.requests)).not.toContain("top-secret-1");
    expect(JSON.stringify(standIn.gitlab.requests)).not.toContain(standIn.gitlab.adminToken);
  });

  test("speaks plain HTTP on loopback alone", async () => {
    await expect(startGitlab({ address: "10.77.0.1", directory: standIn.directory })).rejects.toThrow(
      "loopback",
    );
  });

  test("says so when the port is taken", async () => {
    const port = Number(new URL(standIn.gitlab.url).port);
    await expect(startGitlab({ address: "127.0.0.1", port, directory: standIn.directory })).rejects.toThrow(
      `127.0.0.1:${port}`,
    );
  });
});
