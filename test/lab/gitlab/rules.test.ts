import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.stop());

describe("protected branches", () => {
  const path = `${shop}/protected_branches`;

  test("begin with the default branch", async () => {
    expect((await standIn.call("GET", path)).body).toMatchObject([
      {
        name: "main",
        push_access_levels: [{ access_level: 40 }],
        merge_access_levels: [{ access_level: 40 }],
      },
    ]);
  });
});

describe("protected tags", () => {
  const path = `${shop}/protected_tags`;

  test("are added and lifted", async () => {
    const added = await standIn.call("POST", path, { name: "v*", create_access_level: 30 });
    expect(added).toMatchObject({
      status: 201,
      body: { name: "v*", create_access_levels: [{ access_level: 30 }] },
    });
    expect(await standIn.call("POST", path, { name: "v*" })).toMatchObject({
      status: 422,
      body: { message: ["Name has already been taken"] },
    });
    expect((await standIn.call("GET", `${path}/v*`)).body).toMatchObject({ name: "v*" });
    expect((await standIn.call("DELETE", `${path}/v*`)).status).toBe(204);
    expect(await standIn.call("GET", `${path}/v*`)).toMatchObject({
      status: 404,
      body: { message: "404 Not found" },
    });
    expect((await standIn.call("GET", path)).body).toEqual([]);
  });

  test("know no other levels than GitLab's", async () => {
    expect(await standIn.call("POST", path, { name: "x", create_access_level: 35 })).toMatchObject({
      status: 400,
      body: { error: "create_access_level does not have a valid value" },
    });
  });
});

describe("rules for the registry's tags", () => {
  const path = `${shop}/registry/protection/tag/rules`;

  test("are added, counted and removed", async () => {
    const rule = { minimum_access_level_for_push: "maintainer", minimum_access_level_for_delete: "owner" };
    const added = await standIn.call("POST", path, { ...rule, tag_name_pattern: "v1" });
    expect(added).toMatchObject({ status: 201, body: { ...rule, tag_name_pattern: "v1" } });
    const { id } = added.body as { id: number };
    expect((await standIn.call("POST", path, { ...rule, tag_name_pattern: "v1" })).status).toBe(422);
    for (const tag_name_pattern of ["v2", "v3", "v4", "v5"])
      await standIn.call("POST", path, { ...rule, tag_name_pattern });
    expect((await standIn.call("POST", path, { ...rule, tag_name_pattern: "v6" })).status).toBe(422);
    expect((await standIn.call("DELETE", `${path}/${id}`)).status).toBe(204);
    expect((await standIn.call("GET", path)).body).toHaveLength(4);
    expect((await standIn.call("DELETE", `${path}/${id}`)).status).toBe(404);
  });

  test("say who pushes and who deletes", async () => {
    expect(await standIn.call("POST", path, { tag_name_pattern: "v1" })).toMatchObject({
      status: 400,
      body: { error: "minimum_access_level_for_push is missing, minimum_access_level_for_delete is missing" },
    });
  });
});

describe("pipeline schedules", () => {
  const path = `${shop}/pipeline_schedules`;
  const weekly = { description: "Refresh", ref: "main", cron: "0 3 * * 1" };

  async function create(): Promise<string> {
    const { status, body } = await standIn.call("POST", path, weekly);
    expect(status).toBe(201);
    return `${path}/${(body as { id: number }).id}`;
  }

  test("are added with the full name of the branch, changed and removed", async () => {
    const schedule = await create();
    expect((await standIn.call("GET", schedule)).body).toMatchObject({
      ref: "refs/heads/main",
      cron_timezone: "UTC",
      active: true,
      owner: { username: "root" },
    });
    expect((await standIn.call("PUT", schedule, { active: false })).body).toMatchObject({ active: false });
    expect((await standIn.call("DELETE", schedule)).status).toBe(204);
    expect(await standIn.call("GET", schedule)).toMatchObject({
      status: 404,
      body: { message: "404 Pipeline Schedule Not Found" },
    });
  });

  test.each([
    [{ ...weekly, cron: "every monday" }, { message: { cron: ["syntax is invalid"] } }],
    [{ ...weekly, ref: "nowhere" }, { message: { ref: ["is ambiguous"] } }],
    [{ ref: "main" }, { error: "description is missing, cron is missing" }],
  ])("are not made from %j", async (parameters, body) => {
    expect(await standIn.call("POST", path, parameters)).toMatchObject({ status: 400, body });
  });

  test("have variables of their own", async () => {
    const schedule = await create();
    await standIn.call("POST", `${schedule}/variables`, { key: "PULL", value: "1" });
    expect((await standIn.call("POST", `${schedule}/variables`, { key: "PULL", value: "2" })).status).toBe(
      400,
    );
    await standIn.call("PUT", `${schedule}/variables/PULL`, { value: "3" });
    expect((await standIn.call("GET", schedule)).body).toMatchObject({
      variables: [{ key: "PULL", value: "3" }],
    });
    await standIn.call("DELETE", `${schedule}/variables/PULL`);
    expect((await standIn.call("GET", schedule)).body).toMatchObject({ variables: [] });
  });

  test("belong to their owner", async () => {
    const schedule = await create();
    standIn.gitlab.createUser("dev", { acme: "developer" });
    const token = standIn.gitlab.createToken("dev");
    expect((await standIn.call("PUT", schedule, { active: false }, { token })).status).toBe(403);
  });
});
