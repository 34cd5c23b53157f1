/** The metadata server says what Google documents, and refuses what Google refuses. */
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CloudRequest, metadataServer } from "../../../lab/cloud/server.ts";
import { initialState } from "../../../lab/cloud/state.ts";
import { World } from "../../../lab/cloud/world.ts";

let world: World;
let requests: CloudRequest[];
let server: ReturnType<typeof metadataServer>;
let url: string;

beforeEach(async () => {
  world = new World(initialState("host-1"));
  world.patch({ attributes: { "buildx-runners-setup": "echo one\n", "enable-guest-attributes": "TRUE" } });
  requests = [];
  server = metadataServer(world, (request) => requests.push(request));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${url}/computeMetadata/v1/${path}`, {
    redirect: "manual",
    ...init,
    headers: { "Metadata-Flavor": "Google", ...init.headers },
  });
const read = async (path: string) => (await ask(path)).text();

describe("a reading", () => {
  test.each([
    ["instance/attributes/buildx-runners-setup", "echo one\n"],
    ["instance/attributes/", "buildx-runners-setup\nenable-guest-attributes\n"],
    ["instance/name", "host-1"],
    ["instance/hostname", "host-1.europe-west1-b.c.acme-ci.internal"],
    ["instance/zone", "projects/415104041262/zones/europe-west1-b"],
    ["instance/preempted", "FALSE"],
    ["instance/service-accounts/default/email", "runners@acme-ci.iam.gserviceaccount.com"],
    ["instance/service-accounts/default/scopes", "https://www.googleapis.com/auth/cloud-platform\n"],
    ["project/project-id", "acme-ci"],
    ["project/?recursive=true&alt=text", "numeric-project-id 415104041262\nproject-id acme-ci\n"],
    ["project/attributes/?alt=json", "[]"],
  ])("of %s is %j", async (path, text) => {
    const answer = await ask(path);
    expect([answer.status, await answer.text()]).toEqual([200, text]);
    expect(answer.headers.get("metadata-flavor")).toBe("Google");
    expect(answer.headers.get("etag")).toMatch(/^[0-9a-f]{16}$/);
  });

  test("of a directory as a whole is JSON with Google's names in camel case and people's as they are", async () => {
    const answer = await ask("instance/?recursive=true");
    expect(answer.headers.get("content-type")).toBe("application/json");
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      attributes: { "buildx-runners-setup": "echo one\n" },
      cpuPlatform: "Intel Broadwell",
      serviceAccounts: { default: { email: "runners@acme-ci.iam.gserviceaccount.com" } },
      networkInterfaces: [{ mac: "42:01:0a:84:00:02" }],
    });
    expect(JSON.stringify(body)).not.toContain("the-machines-own-identity");
  });

  test("of a token gives it with its life time", async () => {
    const token = { access_token: "the-machines-own-identity", expires_in: 3599, token_type: "Bearer" };
    expect(await (await ask("instance/service-accounts/default/token")).json()).toEqual(token);
    world.patch({ serviceAccount: null });
    expect((await ask("instance/service-accounts/default/token")).status).toBe(404);
    expect(await read("instance/service-accounts/")).toBe("");
  });

  test.each([
    "instance/attributes/missing",
    "instance/name/",
    "instance/shutdown-details/stop-state",
    "nothing",
  ])("of %s finds nothing", async (path) => {
    expect((await ask(path)).status).toBe(404);
    expect((await ask(`${path}?wait_for_change=true&timeout_sec=60`)).status).toBe(404);
  });

  test("of a directory without its slash is sent there, query and all", async () => {
    const answer = await ask("instance/attributes?recursive=true");
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe("/computeMetadata/v1/instance/attributes/?recursive=true");
  });

  test("needs the header, and is not passed on for others", async () => {
    expect((await fetch(`${url}/computeMetadata/v1/instance/name`)).status).toBe(403);
    expect((await ask("instance/name", { headers: { "Metadata-Flavor": "google" } })).status).toBe(403);
    expect((await ask("instance/name", { headers: { "X-Forwarded-For": "10.0.0.1" } })).status).toBe(403);
    expect((await ask("instance/name", { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}/`)).headers.get("metadata-flavor")).toBe("Google");
  });
});

describe("a long poll", () => {
  const attributes = "instance/attributes/?recursive=true&wait_for_change=true";

  test("waits for a change of what it reads, and of nothing else", async () => {
    let answered = false;
    const waiting = ask(attributes).then((answer) => {
      answered = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    world.patch({ instance: { preempted: true } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    world.patch({ attributes: { "buildx-runners-setup": "echo two\n" } });
    expect(await (await waiting).json()).toMatchObject({ "buildx-runners-setup": "echo two\n" });
  });

  test("answers at once when its client has not the newest", async () => {
    const etag = (await ask("instance/attributes/?recursive=true")).headers.get("etag");
    world.patch({ attributes: { "buildx-runners-setup": "echo two\n" } });
    const answer = await ask(`${attributes}&last_etag=${etag}`);
    expect(await answer.json()).toMatchObject({ "buildx-runners-setup": "echo two\n" });
    expect(answer.headers.get("etag")).not.toBe(etag);
    expect((await ask(`${attributes}&last_etag=0`)).status).toBe(200);
  });

  test("answers with what there is when its time is over, and when the value goes", async () => {
    const started = Date.now();
    expect(await read("instance/preempted?wait_for_change=true&timeout_sec=1")).toBe("FALSE");
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
    world.patch({ instance: { stopState: "UNSPECIFIED" } });
    const etag = (await ask("instance/shutdown-details/stop-state")).headers.get("etag");
    const waiting = read(`instance/shutdown-details/stop-state?wait_for_change=true&last_etag=${etag}`);
    world.patch({ instance: { stopState: "PENDING_STOP" } });
    expect(await waiting).toBe("PENDING_STOP");
    const second = ask("instance/shutdown-details/stop-state?wait_for_change=true&timeout_sec=5");
    await new Promise((resolve) => setTimeout(resolve, 100));
    world.patch({ instance: { stopState: null } });
    expect((await second).status).toBe(404);
    expect((await ask("instance/name?wait_for_change=true&timeout_sec=soon")).status).toBe(400);
  });
});

describe("a guest attribute", () => {
  const path = "instance/guest-attributes/buildx-runners/status";

  test("is written, read and removed by the machine", async () => {
    expect((await ask(path)).status).toBe(404);
    expect((await ask(path, { method: "PUT", body: "booting packages" })).status).toBe(200);
    expect(await read(path)).toBe("booting packages");
    expect(await read("instance/guest-attributes/?recursive=true")).toBe(
      '{"buildx-runners":{"status":"booting packages"}}',
    );
    expect(world.state.guestAttributes).toEqual({ "buildx-runners": { status: "booting packages" } });
    expect((await ask(path, { method: "DELETE" })).status).toBe(200);
    expect((await ask(path)).status).toBe(404);
    expect((await ask("instance/guest-attributes/status", { method: "PUT", body: "x" })).status).toBe(400);
  });

  test("is refused unless the machine has them enabled", async () => {
    world.patch({ attributes: { "enable-guest-attributes": null } });
    const answer = await ask(path, { method: "PUT", body: "x" });
    expect([answer.status, await answer.text()]).toEqual([
      403,
      "Guest attributes endpoint access is disabled.\n",
    ]);
    expect(world.state.guestAttributes).toEqual({});
    world.patch({ projectAttributes: { "enable-guest-attributes": "true" } });
    expect((await ask(path, { method: "PUT", body: "x" })).status).toBe(200);
  });
});

test("a fault meets the requests that it names, as often as it says", async () => {
  world.patch({
    faults: [
      { service: "secretmanager", status: 500 },
      { service: "metadata", match: "instance/name", status: 503, times: 2 },
      { service: "metadata", match: "project-id", cut: true },
      { service: "metadata", match: "instance/id", delay: 200 },
    ],
  });
  const statuses = [];
  for (let count = 0; count < 3; count++) statuses.push((await ask("instance/name")).status);
  expect(statuses).toEqual([503, 503, 200]);
  await expect(ask("project/project-id")).rejects.toThrow();
  const started = Date.now();
  expect((await ask("instance/id")).status).toBe(200);
  expect(Date.now() - started).toBeGreaterThanOrEqual(190);
  expect(requests.map(({ status }) => status)).toEqual([503, 503, 200, 0, 200]);
});
