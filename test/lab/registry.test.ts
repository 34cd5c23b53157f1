import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCa, type LabCa } from "../../lab/ca.ts";
import { freePort } from "../../lab/free-port.ts";
import { parseAddress, type Registry, startRegistry } from "../../lab/registry.ts";
import { ask, type RegistryAccess } from "../../lab/registry-client.ts";
import { pushedRepository } from "../../lab/registry-proxy.ts";

test("an address is an IPv4 address and a port", () => {
  expect(parseAddress("10.77.0.1:5000")).toEqual({ host: "10.77.0.1", port: 5000 });
  for (const wrong of ["10.77.0.1", "registry:5000", "10.77.0.1:99999", ":5000"]) {
    expect(() => parseAddress(wrong)).toThrow("not an IPv4 address and port");
  }
});

test("tells what a request would change", () => {
  expect(pushedRepository("POST", "/v2/acme/shop/app/cache/blobs/uploads/")).toBe("acme/shop/app/cache");
  expect(pushedRepository("PUT", "/v2/acme/app/manifests/main")).toBe("acme/app");
  expect(pushedRepository("GET", "/v2/acme/app/manifests/main")).toBeUndefined();
  expect(pushedRepository("POST", "/v2/")).toBeUndefined();
});

// Debian's registry is not on every developer's computer; the lab installs it, and so does CI.
describe.skipIf(!existsSync("/usr/bin/docker-registry"))("a registry", () => {
  let directory: string;
  let ca: LabCa;
  let registry: Registry;
  let access: RegistryAccess;
  const upload = (repository: string, using = access) =>
    ask(using, "POST", `/v2/${repository}/blobs/uploads/`);

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "registry-"));
    ca = await createCa(path.join(directory, "ca"));
    registry = await startRegistry({
      address: `127.0.0.1:${await freePort()}`,
      htpasswd: { user: "ci", password: "a password: with $igns" },
      ca,
      dataDirectory: path.join(directory, "data"),
      logPath: path.join(directory, "registry.log"),
      faults: true,
    });
    access = {
      url: registry.url,
      caPem: ca.caPem,
      credentials: { user: "ci", password: "a password: with $igns" },
    };
  });
  afterAll(async () => {
    await registry.stop();
    await rm(directory, { recursive: true });
  });

  test("asks for its password", async () => {
    const { url, caPem } = access;
    expect((await ask({ url, caPem }, "GET", "/v2/")).status).toBe(401);
    const wrong = { url, caPem, credentials: { user: "ci", password: "wrong" } };
    expect((await ask(wrong, "GET", "/v2/")).status).toBe(401);
    expect((await ask(access, "GET", "/v2/")).status).toBe(200);
  });

  test("keeps clients on the address they came by", async () => {
    const answer = await upload("acme/app");
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toMatch(`${registry.url}/v2/acme/app/blobs/uploads/`);
  });

  test("refuses pushes as told, and only those, and only for as long", async () => {
    registry.refusePush(/\/cache$/);
    const refused = await upload("acme/app/cache");
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body)).toMatchObject({ errors: [{ code: "DENIED" }] });
    expect((await upload("acme/app")).status).toBe(202);
    expect(await registry.digest("acme/app/cache", "main")).toBeUndefined();
    const { url, caPem } = access;
    expect((await upload("acme/app/cache", { url, caPem })).status).toBe(401);
    registry.refusePush(undefined);
    expect((await upload("acme/app/cache")).status).toBe(202);
  });

  test("has no tags of what was never pushed", async () => {
    expect(await registry.listTags("acme/nothing")).toEqual([]);
    expect(await registry.digest("acme/nothing", "latest")).toBeUndefined();
    expect(await registry.manifest("acme/nothing", "latest")).toBeUndefined();
  });

  test("says so when it cannot start", async () => {
    const { address } = registry;
    const logPath = path.join(directory, "second.log");
    const second = startRegistry({ address, ca, dataDirectory: path.join(directory, "second"), logPath });
    await expect(second).rejects.toThrow(/did not start.*address already in use/s);
  });
});
