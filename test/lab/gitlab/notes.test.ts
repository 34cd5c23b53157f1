import { Gitlab } from "@gitbeaker/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const shop = "projects/acme%2Fshop";
const notes = `${shop}/merge_requests/1/notes`;
const issues = `${shop}/issues`;
let bot: string;
let dev: string;
let guest: string;

beforeAll(async () => {
  standIn = await startStandIn();
  const { gitlab } = standIn;
  gitlab.createUser("dev", { acme: "developer" });
  gitlab.createUser("guest", { acme: "guest" });
  bot = gitlab.createProjectToken("acme/shop", "reporter");
  dev = gitlab.createToken("dev");
  guest = gitlab.createToken("guest");
  await gitlab.commit("acme/shop", { "a.txt": "1\n" }, { branch: "fix" });
  await gitlab.openMergeRequest("acme/shop", { source: "fix", author: "dev" });
});
afterAll(() => standIn.stop());

describe("notes of a merge request", () => {
  test("are written by a project's token, and changed by their author or a maintainer alone", async () => {
    const made = await standIn.call("POST", notes, { body: "one" }, { token: bot });
    expect(made).toMatchObject({
      status: 201,
      body: { body: "one", noteable_type: "MergeRequest", noteable_iid: 1, system: false },
    });
    const { id, author } = made.body as { id: number; author: { username: string } };
    expect(author.username).toMatch(/^project_\d+_bot_/);
    expect((await standIn.call("GET", "user", undefined, { token: bot })).body).toMatchObject({
      ...{ bot: true, username: author.username },
    });
    const change = (token: string | undefined, body: string) =>
      standIn.call("PUT", `${notes}/${id}`, { body }, token === undefined ? {} : { token });
    expect((await change(dev, "two")).status).toBe(403);
    expect((await change(guest, "two")).status).toBe(404);
    expect(await change(bot, "two")).toMatchObject({ status: 200, body: { id, body: "two" } });
    expect((await change(undefined, "three")).status).toBe(200);
    expect((await standIn.call("GET", notes)).body).toMatchObject([{ id, body: "three" }]);
  });

  test("are listed in pages, the newest first unless asked otherwise", async () => {
    for (let count = 1; count <= 25; count++) await standIn.call("POST", notes, { body: `note ${count}` });
    const list = async (query: string) =>
      ((await standIn.call("GET", `${notes}?${query}`)).body as { body: string }[]).map(({ body }) => body);
    expect((await list("")).slice(0, 2)).toEqual(["note 25", "note 24"]);
    expect(await list("")).toHaveLength(20);
    expect(await list("page=2&per_page=10&sort=asc")).toEqual(
      Array.from({ length: 10 }, (_, index) => `note ${index + 10}`),
    );
    // What the program posts with reads all pages by itself.
    const client = new Gitlab({ host: standIn.gitlab.url, token: bot });
    expect(await client.MergeRequestNotes.all("acme/shop", 1)).toHaveLength(26);
  });

  test("are refused when they are empty, or longer than a million characters", async () => {
    expect((await standIn.call("POST", notes, { body: " " })).status).toBe(400);
    expect(await standIn.call("POST", notes, { body: "x".repeat(1_000_001) })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("maximum is 1000000 characters") },
    });
    expect((await standIn.call("POST", notes, { body: "x".repeat(1_000_000) })).status).toBe(201);
  });

  test("do what a line with a quick action says, but in code", async () => {
    const state = async () =>
      ((await standIn.call("GET", `${shop}/merge_requests/1`)).body as { state: string }).state;
    await standIn.call(
      "POST",
      notes,
      { body: "See:\n\n```sh\n/close\n```\n\n    x /close\n" },
      { token: dev },
    );
    expect(await state()).toBe("opened");
    const { body } = await standIn.call("POST", notes, { body: "Enough.\n/close\n" }, { token: dev });
    expect(body).toMatchObject({ body: "Enough." });
    expect(await state()).toBe("closed");
    expect((await standIn.call("POST", notes, { body: "/reopen" }, { token: dev })).status).toBe(202);
    expect(await state()).toBe("opened");
    // A shorter fence inside of a longer one ends nothing.
    await standIn.call("POST", notes, { body: "````\n```\n/close\n````\n" }, { token: dev });
    expect(await state()).toBe("opened");
    await standIn.call("POST", notes, { body: "```\ntext\n```\n/close\n```\n" }, { token: dev });
    expect(await state()).toBe("closed");
  });
});

describe("issues", () => {
  test("are opened, found, closed and commented on", async () => {
    const made = await standIn.call(
      "POST",
      issues,
      { title: "Drift in dev", description: "<!-- marker -->", labels: "drift,stack::dev" },
      { token: bot },
    );
    expect(made).toMatchObject({
      status: 201,
      body: { iid: 1, state: "opened", labels: ["drift", "stack::dev"], closed_at: null },
    });
    await standIn.call("POST", issues, { title: "Else", labels: "drift" }, { token: guest });
    const list = async (query: string) =>
      ((await standIn.call("GET", `${issues}?${query}`)).body as { iid: number }[]).map(({ iid }) => iid);
    expect(await list("state=opened")).toEqual([2, 1]);
    expect(await list("labels=drift,stack::dev")).toEqual([1]);
    expect(await list(`author_id=${standIn.gitlab.user("guest").id}`)).toEqual([2]);

    const closed = await standIn.call(
      "PUT",
      `${issues}/1`,
      { state_event: "close", labels: "stack::dev,done", description: "none" },
      { token: bot },
    );
    expect(closed).toMatchObject({
      status: 200,
      body: {
        state: "closed",
        labels: ["done", "stack::dev"],
        description: "none",
        closed_by: { state: "active" },
      },
    });
    expect(await list("state=closed")).toEqual([1]);
    expect((await standIn.call("PUT", `${issues}/1`, { title: "x" }, { token: guest })).status).toBe(403);
    await standIn.call("POST", `${issues}/1/notes`, { body: "again\n/reopen" }, { token: bot });
    expect((await standIn.call("GET", issues)).body).toContainEqual(
      expect.objectContaining({ iid: 1, state: "opened", user_notes_count: 1 }),
    );
    expect((await standIn.call("GET", `${issues}/1/notes`)).body).toMatchObject([{ body: "again" }]);
  });
});
