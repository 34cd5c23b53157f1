import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
let project: number;
let group: number;

beforeAll(async () => {
  standIn = await startStandIn();
  project = standIn.gitlab.project("acme/shop").id;
  group = standIn.gitlab.createGroup("acme");
});
afterAll(() => standIn.stop());

async function create(settings: object = {}): Promise<{ id: number; token: string }> {
  const body = { runner_type: "project_type", project_id: project, ...settings };
  const answer = await standIn.call("POST", "user/runners", body);
  expect(answer.status).toBe(201);
  return answer.body as { id: number; token: string };
}

describe("a runner record", () => {
  test("is created with a token that is told once", async () => {
    const { id, token } = await create({
      description: "lab",
      tag_list: ["buildx", "open"],
      run_untagged: false,
      locked: true,
      access_level: "ref_protected",
      maximum_timeout: 3600,
      maintenance_note: "note",
    });
    expect(token).toMatch(/^glrt-/);
    const { status, body } = await standIn.call("GET", `runners/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      runner_type: "project_type",
      description: "lab",
      tag_list: ["buildx", "open"],
      run_untagged: false,
      locked: true,
      paused: false,
      access_level: "ref_protected",
      maximum_timeout: 3600,
      maintenance_note: "note",
      status: "never_contacted",
      projects: [{ id: project }],
    });
    expect(JSON.stringify(body)).not.toContain(token);
  });

  test("belongs to a group or to the instance as well", async () => {
    expect(
      (await standIn.call("POST", "user/runners", { runner_type: "group_type", group_id: group })).status,
    ).toBe(201);
    expect((await standIn.call("POST", "user/runners", { runner_type: "instance_type" })).status).toBe(201);
  });

  test.each([
    [{}, { error: "runner_type is missing" }],
    [{ runner_type: "other" }, { error: "runner_type does not have a valid value" }],
    [{ runner_type: "project_type" }, { error: "project_id is missing" }],
    [{ runner_type: "group_type", group_id: "x" }, { error: "group_id is invalid" }],
    [{ runner_type: "group_type", group_id: 9999 }, { message: "400 Bad request - Missing/invalid scope" }],
    [
      { runner_type: "instance_type", run_untagged: false },
      {
        message:
          "400 Bad request - Tags list can not be empty when runner is not allowed to pick untagged jobs",
      },
    ],
    [
      { runner_type: "instance_type", maximum_timeout: 10 },
      { message: "400 Bad request - Maximum timeout needs to be at least 10 minutes" },
    ],
  ])("is not created from %j", async (parameters, body) => {
    const before = standIn.gitlab.runners().length;
    expect(await standIn.call("POST", "user/runners", parameters)).toMatchObject({ status: 400, body });
    expect(standIn.gitlab.runners()).toHaveLength(before);
  });

  test("is not created by those who may not", async () => {
    standIn.gitlab.createUser("dev", { acme: "developer" });
    const token = standIn.gitlab.createToken("dev", { scopes: ["create_runner"] });
    for (const parameters of [
      { runner_type: "project_type", project_id: project },
      { runner_type: "group_type", group_id: group },
      { runner_type: "instance_type" },
    ]) {
      expect(await standIn.call("POST", "user/runners", parameters, { token })).toMatchObject({
        status: 403,
        body: { message: "403 Forbidden - Insufficient permissions" },
      });
    }
  });

  test("is created with the scope create_runner alone, which reads nothing", async () => {
    standIn.gitlab.createUser("lead", { acme: "maintainer" });
    const token = standIn.gitlab.createToken("lead", { scopes: ["create_runner"] });
    const parameters = { runner_type: "project_type", project_id: project };
    const created = await standIn.call("POST", "user/runners", parameters, { token });
    expect(created.status).toBe(201);
    const { id } = created.body as { id: number };
    expect((await standIn.call("GET", `runners/${id}`, undefined, { token })).status).toBe(403);
  });

  test("changes in place, and stays as it was where the change breaks a rule", async () => {
    const { id } = await create({ tag_list: ["a"], run_untagged: false });
    expect(await standIn.call("PUT", `runners/${id}`, { paused: true, tag_list: ["b"] })).toMatchObject({
      status: 200,
      body: { paused: true, active: false, tag_list: ["b"] },
    });
    expect(await standIn.call("PUT", `runners/${id}`, { tag_list: [] })).toMatchObject({
      status: 400,
      body: { message: { tags_list: [expect.stringContaining("can not be empty")] } },
    });
    expect((await standIn.call("GET", `runners/${id}`)).body).toMatchObject({ tag_list: ["b"] });
    expect((await standIn.call("PUT", `runners/${id}`, {})).status).toBe(400);
  });

  test("goes away", async () => {
    const { id } = await create();
    expect((await standIn.call("DELETE", `runners/${id}`)).status).toBe(204);
    expect(await standIn.call("GET", `runners/${id}`)).toMatchObject({
      status: 404,
      body: { message: "404 Runner Not Found" },
    });
  });

  test("is none of a stranger's business", async () => {
    const { id } = await create();
    standIn.gitlab.createUser("stranger");
    const token = standIn.gitlab.createToken("stranger");
    for (const method of ["GET", "DELETE"]) {
      expect(await standIn.call(method, `runners/${id}`, undefined, { token })).toMatchObject({
        status: 403,
        body: { message: "403 Forbidden - No access granted" },
      });
    }
    expect(standIn.gitlab.runners().some((runner) => runner.id === id)).toBe(true);
  });
});

describe("the runner's own protocol", () => {
  test("verifies a token, hears of the runner, and has no job for it", async () => {
    const { id, token } = await create();
    const info = { version: "18.8.0", platform: "linux", architecture: "amd64" };
    expect(await standIn.call("POST", "runners/verify", { token, info }, { token: null })).toMatchObject({
      status: 200,
      body: { id, token, token_expires_at: null },
    });
    expect((await standIn.call("POST", "jobs/request", { token, info }, { token: null })).status).toBe(204);
    expect((await standIn.call("GET", `runners/${id}`)).body).toMatchObject({
      status: "online",
      version: "18.8.0",
    });
  });

  test("knows each process by its system id until that one is taken off", async () => {
    const { id, token } = await create();
    const managers = async () => (await standIn.call("GET", `runners/${id}/managers`)).body;
    const say = (method: string, path: string, systemId: string) =>
      standIn.call(method, path, { token, system_id: systemId }, { token: null });
    expect(await managers()).toEqual([]);
    for (const systemId of ["s_one", "s_two"]) {
      await say("POST", "runners/verify", systemId);
      await say("POST", "jobs/request", systemId);
    }
    expect(await managers()).toMatchObject([{ system_id: "s_one" }, { system_id: "s_two" }]);
    expect((await say("DELETE", "runners/managers", "s_one")).status).toBe(204);
    expect(await managers()).toMatchObject([{ system_id: "s_two" }]);
    expect(await say("DELETE", "runners/managers", "s_one")).toMatchObject({ status: 404 });
    expect(await standIn.call("DELETE", "runners/managers", { token }, { token: null })).toMatchObject({
      status: 400,
      body: { error: "system_id is missing" },
    });
    expect((await say("DELETE", "runners/managers", "s_two")).status).toBe(204);
    expect(standIn.gitlab.runners().some((runner) => runner.id === id)).toBe(true);
  });

  test.each(["runners/verify", "jobs/request"])("%s refuses a token that is none", async (path) => {
    expect(await standIn.call("POST", path, { token: "glrt-none" }, { token: null })).toMatchObject({
      status: 403,
      body: { message: "403 Forbidden" },
    });
    expect(await standIn.call("POST", path, {}, { token: null })).toMatchObject({
      status: 400,
      body: { error: "token is missing" },
    });
  });
});
