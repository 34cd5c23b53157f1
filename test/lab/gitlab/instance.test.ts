import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());

describe("an instance", () => {
  test("tells its version, which a test may set", async () => {
    expect((await standIn.call("GET", "version")).body).toMatchObject({ version: "18.8.0" });
    standIn.gitlab.configureInstance({ version: "16.3.1-ee", enterprise: true });
    expect((await standIn.call("GET", "version")).body).toMatchObject({ version: "16.3.1-ee" });
    expect((await standIn.call("GET", "metadata")).body).toMatchObject({
      version: "16.3.1-ee",
      enterprise: true,
    });
  });

  test("tells what is left of a limit of requests, and refuses beyond it", async () => {
    expect((await standIn.call("GET", "user")).headers.get("ratelimit-limit")).toBeNull();
    standIn.gitlab.configureInstance({ rateLimit: { limit: 10, observed: 8, period: 2 } });
    const before = Math.floor(Date.now() / 1000);
    const { headers } = await standIn.call("GET", "user");
    const seen = ["limit", "observed", "remaining"].map((name) => headers.get(`ratelimit-${name}`));
    expect(seen).toEqual(["10", "9", "1"]);
    const reset = Number(headers.get("ratelimit-reset"));
    expect([reset >= before + 2, reset <= before + 4]).toEqual([true, true]);
    await standIn.call("GET", "user");
    const refused = await fetch(`${standIn.gitlab.apiUrl}user`, {
      headers: { "private-token": standIn.gitlab.adminToken },
    });
    expect([refused.status, await refused.text()]).toEqual([429, "Retry later\n"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    standIn.gitlab.configureInstance({ rateLimit: { limit: 100_000 } });
    expect((await standIn.call("GET", "user")).status).toBe(200);
  });

  test("tells a token of itself", async () => {
    const token = standIn.gitlab.createProjectToken("acme/shop", "developer", {
      ...{ scopes: ["read_api"], expiresAt: "2099-01-02" },
    });
    expect(
      (await standIn.call("GET", "personal_access_tokens/self", undefined, { token })).body,
    ).toMatchObject({
      ...{ scopes: ["read_api"], expires_at: "2099-01-02", active: true, revoked: false },
    });
  });
});

describe("a project", () => {
  test("has the settings that a test gave it", async () => {
    standIn.gitlab.configureProject("acme/shop", {
      ...{ container_registry_access_level: "disabled", archived: true, shared_runners_enabled: false },
    });
    expect((await standIn.call("GET", shop)).body).toMatchObject({
      container_registry_access_level: "disabled",
      container_registry_enabled: false,
      archived: true,
      shared_runners_enabled: false,
      builds_access_level: "enabled",
      jobs_enabled: true,
    });
    standIn.gitlab.configureProject("acme/shop", { archived: false, builds_access_level: "disabled" });
    expect((await standIn.call("GET", shop)).body).toMatchObject({ jobs_enabled: false, archived: false });
    expect((await standIn.call("GET", `${shop}/pipelines/1/jobs`)).status).toBe(403);
  });

  test("tells which runners it may use, and when they were last heard of", async () => {
    const { id } = standIn.gitlab.project("acme/shop");
    const group_id = standIn.gitlab.createGroup("acme");
    const made = async (parameters: unknown) =>
      (await standIn.call("POST", "user/runners", parameters)).body as { id: number; token: string };
    const own = await made({ runner_type: "project_type", project_id: id });
    const ofGroup = await made({ runner_type: "group_type", group_id });
    await made({ runner_type: "instance_type" });
    await standIn.call("POST", "runners/verify", {
      token: own.token,
      system_id: "s_1",
      info: { version: "18.8.0" },
    });
    const listed = async () => (await standIn.call("GET", `${shop}/runners`)).body;
    expect(await listed()).toMatchObject([
      { id: own.id, status: "online", online: true },
      { id: ofGroup.id, status: "never_contacted", online: false },
    ]);
    expect((await standIn.call("GET", `runners/${own.id}/managers`)).body).toMatchObject([
      { system_id: "s_1", version: "18.8.0", status: "online" },
    ]);
    const record = standIn.gitlab.runners().find((runner) => runner.id === own.id);
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600 * 1000).toISOString();
    for (const [hours, status] of [
      [3, "offline"],
      [24 * 8, "stale"],
    ] as const) {
      if (record !== undefined) record.contactedAt = hoursAgo(hours);
      expect(await listed()).toMatchObject([{ status, online: false }, {}]);
    }
    standIn.gitlab.configureProject("acme/shop", {
      shared_runners_enabled: true,
      group_runners_enabled: false,
    });
    expect(await listed()).toMatchObject([{ id: own.id }, { runner_type: "instance_type" }]);
  });

  test("that is archived takes no push", async () => {
    standIn.gitlab.configureProject("acme/shop", { archived: true });
    const commit = { branch: "main", commit_message: "No", content: "x" };
    const answer = await standIn.call("POST", `${shop}/repository/files/x.txt`, commit);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await standIn.gitlab.readFile("acme/shop", "x.txt")).toBeUndefined();
  });
});
