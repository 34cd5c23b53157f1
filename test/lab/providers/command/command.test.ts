import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CommandProvider } from "../../../../lab/providers/command/provider.ts";
import { unknownValue, type WireObject } from "../../../../lab/providers/wire.ts";
import { newKey, type SshServer, startSshServer } from "./ssh-server.ts";

const remoteUrn = "urn:pulumi:test::shop::buildx-runners:runner:SshHost$command:remote:Command::web-1-setup";
const localUrn = "urn:pulumi:test::shop::command:local:Command::here";
const lines: string[] = [];
const provider = new CommandProvider((_urn, line) => lines.push(line));
const user = newKey();
let server: SshServer;
let connection: WireObject;

beforeAll(async () => {
  server = await startSshServer(user.private, ["GREETING"]);
  connection = {
    host: "127.0.0.1",
    port: server.port,
    user: "admin",
    privateKey: user.private,
    hostKey: server.hostKey,
    dialErrorLimit: 0,
  };
});
afterAll(() => server.stop());
beforeEach(() => {
  lines.length = 0;
  server.commands.length = 0;
  server.forwarded.length = 0;
});

async function checked(urn: string, inputs: WireObject): Promise<WireObject> {
  const result = await provider.check(urn, {}, inputs);
  expect(result.failures).toBeUndefined();
  return result.inputs;
}

async function created(urn: string, inputs: WireObject): Promise<WireObject> {
  return (await provider.create(urn, await checked(urn, inputs))).outs;
}

describe("a remote command", () => {
  test("delivers stdin, and returns what was printed", async () => {
    const secret = "glrt-of-the-test\nand a second line";
    const inputs = await checked(remoteUrn, {
      connection,
      create: "cat; echo problem >&2",
      stdin: secret,
    });
    const { id, outs } = await provider.create(remoteUrn, inputs);
    expect(id).toMatch(/^web-1-setup[0-9a-f]{8}$/);
    expect(outs).toMatchObject({ stdout: secret, stderr: "problem", create: "cat; echo problem >&2" });
    expect(server.commands.join()).not.toContain("glrt-");
    expect(lines).toEqual(expect.arrayContaining(["and a second line", "problem"]));
  });

  test.each([
    ["none", []],
    ["stdout", ["out"]],
    ["stderr", ["err"]],
  ])("shows what its logging asks for: %s", async (logging, shown) => {
    const outs = await created(remoteUrn, { connection, create: "echo out; echo err >&2", logging });
    expect(outs).toMatchObject({ stdout: "out", stderr: "err" });
    expect(lines).toEqual(shown);
  });

  test("fails with the command and all it printed, whatever its logging", async () => {
    await expect(
      created(remoteUrn, { connection, create: "echo why; exit 3", logging: "none" }),
    ).rejects.toThrow('Process exited with status 3: running "echo why; exit 3":\nwhy\n');
  });

  test("refuses a server with another host key, at once and without a command", async () => {
    const { public: other } = newKey();
    await expect(
      created(remoteUrn, {
        connection: { ...connection, hostKey: other, dialErrorLimit: 10 },
        create: "true",
      }),
    ).rejects.toThrow(/^admin@127\.0\.0\.1:\d+: host key mismatch: expected SHA256:\S+, got SHA256:\S+$/);
    expect(server.commands).toEqual([]);
  });

  test("refuses to talk to a server that has no key of the expected type", async () => {
    const { public: other } = newKey("ecdsa");
    await expect(
      created(remoteUrn, { connection: { ...connection, hostKey: other }, create: "true" }),
    ).rejects.toThrow(/127\.0\.0\.1.*host key/);
    expect(server.commands).toEqual([]);
  });

  test("tells at once that a key cannot be read", async () => {
    const broken = { ...connection, privateKey: "no key", dialErrorLimit: 10 };
    await expect(created(remoteUrn, { connection: broken, create: "true" })).rejects.toThrow(/privateKey: /);
    expect(lines).toEqual([]);
  });

  test("gives up after as many attempts as it may make", async () => {
    const wrongKey = { ...connection, privateKey: newKey().private, dialErrorLimit: 2 };
    await expect(created(remoteUrn, { connection: wrongKey, create: "true" })).rejects.toThrow(
      /after 3 failed attempts: .*authentication/,
    );
    expect(lines).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
  });

  test("ends when the engine cancels", async () => {
    const own = new CommandProvider(() => undefined);
    const inputs = await checked(remoteUrn, { connection, create: "exec sleep 600" });
    const running = expect(own.create(remoteUrn, inputs)).rejects.toThrow(/connection broke/);
    await vi.waitFor(() => expect(server.commands).toEqual(["exec sleep 600"]), { timeout: 10_000 });
    await own.cancel();
    await running;
  });

  test("goes through a bastion, whose key is checked as well", async () => {
    const bastion = await startSshServer(user.private);
    try {
      const proxy: WireObject = { ...connection, port: bastion.port, hostKey: bastion.hostKey };
      const outs = await created(remoteUrn, { connection: { ...connection, proxy }, create: "echo hello" });
      expect(outs.stdout).toBe("hello");
      expect(bastion.forwarded).toEqual([server.port]);
      expect(bastion.commands).toEqual([]);

      const wrong = { ...proxy, hostKey: server.hostKey };
      await expect(
        created(remoteUrn, { connection: { ...connection, proxy: wrong }, create: "true" }),
      ).rejects.toThrow(/host key mismatch/);
      expect(bastion.forwarded).toHaveLength(1);
    } finally {
      await bastion.stop();
    }
  });

  test("sets its environment, and fails where the server drops it", async () => {
    const create = "echo $GREETING";
    const outs = await created(remoteUrn, { connection, create, environment: { GREETING: "hi" } });
    expect(outs.stdout).toBe("hi");
    await expect(created(remoteUrn, { connection, create, environment: { OTHER: "hi" } })).rejects.toThrow(
      /environment variable OTHER.*AcceptEnv/,
    );
  });
});

describe("a command's life", () => {
  const inputs = {
    create: "echo created",
    update: "echo updated after $PULUMI_COMMAND_STDOUT",
    delete: "echo bye",
  };

  test("every changed input updates it, a changed trigger replaces it", async () => {
    const olds = await created(localUrn, { ...inputs, triggers: ["1"] });
    const diff = (news: WireObject) =>
      provider.diff("id", localUrn, olds, { ...inputs, triggers: ["1"], ...news });
    expect(await diff({})).toEqual({ changes: false, replaces: [] });
    expect(await diff({ stdin: "new" })).toEqual({ changes: true, replaces: [] });
    expect(await diff({ delete: "echo other" })).toEqual({ changes: true, replaces: [] });
    expect(await diff({ triggers: ["2"] })).toEqual({ changes: true, replaces: ["triggers"] });
    expect(await diff({ triggers: [unknownValue] })).toEqual({ changes: true, replaces: ["triggers"] });
  });

  test("an update runs `update`, else `create`, with the last output unless that is off", async () => {
    const olds = await created(localUrn, inputs);
    expect((await provider.update("id", localUrn, olds, inputs)).outs.stdout).toBe("updated after created");
    const { update, ...others } = inputs;
    expect((await provider.update("id", localUrn, olds, others)).outs.stdout).toBe("created");
    const without = { ...inputs, addPreviousOutputInEnv: false };
    expect((await provider.update("id", localUrn, olds, without)).outs.stdout).toBe("updated after");
    expect(update).toBe(inputs.update);
  });

  test("a deletion runs with what was recorded", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildx-runners-command-"));
    try {
      const remove = 'printf %s "$PULUMI_COMMAND_STDOUT and $(cat)" > gone';
      const olds = await created(localUrn, {
        create: "echo here",
        delete: remove,
        stdin: "old",
        dir: directory,
      });
      await provider.delete("id", localUrn, olds);
      expect(readFileSync(join(directory, "gone"), "utf8")).toBe("here and old");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("wrong inputs are refused by name, what is not known yet is not", async () => {
    const { failures } = await provider.check(remoteUrn, {}, { connection: { port: "22" }, craete: "x" });
    expect(failures?.map(({ property }) => property)).toEqual(
      expect.arrayContaining(["connection.host", "connection.port", ""]),
    );
    expect(
      await provider.check(remoteUrn, {}, { connection: unknownValue, stdin: unknownValue }),
    ).toMatchObject({
      inputs: { stdin: unknownValue },
    });
  });
});
