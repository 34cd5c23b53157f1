import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { freePort } from "../../../../lab/free-port.ts";
import { CommandProvider } from "../../../../lab/providers/command/provider.ts";
import { unknownValue, type WireObject } from "../../../../lab/providers/wire.ts";
import { type Keys, newKeys, type SshCase, sshCases } from "../../../ssh-cases.ts";
import { hasSshd, newKey, type Sshd, startAgent, startSshd } from "../../../sshd.ts";

const remoteUrn = "urn:pulumi:test::shop::buildx-runners:runner:SshHost$command:remote:Command::web-1-setup";
const localUrn = "urn:pulumi:test::shop::command:local:Command::here";
const lines: string[] = [];
const provider = new CommandProvider((_urn, line) => lines.push(line));

beforeEach(() => {
  lines.length = 0;
});

async function checked(urn: string, inputs: WireObject): Promise<WireObject> {
  const result = await provider.check(urn, {}, inputs);
  expect(result.failures).toBeUndefined();
  return result.inputs;
}

async function created(urn: string, inputs: WireObject): Promise<WireObject> {
  return (await provider.create(urn, await checked(urn, inputs))).outs;
}

describe.skipIf(!hasSshd)("a remote command, on OpenSSH's own server", { timeout: 120_000 }, () => {
  let server: Sshd;
  let keys: Keys;
  let connection: Record<string, WireObject[string]>;

  beforeAll(async () => {
    keys = newKeys();
    server = await startSshd(keys.authorized);
    const { port, user, hostKeys } = server;
    const privateKey = keys.user;
    connection = { host: "127.0.0.1", port, user, privateKey, hostKey: hostKeys.ed25519, dialErrorLimit: 0 };
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    vi.stubEnv("SSH_AUTH_SOCK", undefined);
    return () => vi.unstubAllEnvs();
  });

  /** What it says of a connection that is refused. */
  const failure = (changed: Record<string, WireObject[string] | undefined>): Promise<string> =>
    created(remoteUrn, {
      connection: { ...connection, ...changed } as WireObject,
      create: "echo hello",
    }).then(
      ({ stdout }) => `it printed ${stdout}`,
      (error: Error) => error.message,
    );
  const afterNone = (reason: string) => `after 0 failed attempts: ${reason}`;

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

  test.each([
    ["exit 3", "Process exited with status 3"],
    ["kill -9 $$", "Process exited with status 137 from signal KILL"],
    ["kill -9 $PPID", "wait: remote command exited without exit status or exit signal"],
  ])("fails with the command and all it printed, whatever its logging: %s", async (end, reason) => {
    const create = `echo why; sleep 0.1; ${end}`;
    await expect(created(remoteUrn, { connection, create, logging: "none" })).rejects.toThrow(
      `${reason}: running "${create}":\nwhy\n`,
    );
  });

  test("accepts and refuses keys as the published provider does, with its texts", async () => {
    const one = async ([title, [changed, expected]]: [string, [SshCase, string | null]]) => {
      const unreadable = expected !== null && !expected.includes("handshake");
      expect(await failure({ ...changed }), title).toBe(
        expected === null ? "it printed hello" : unreadable ? expected : afterNone(expected),
      );
    };
    await Promise.all(Object.entries(sshCases(server, keys)).map(one));
    expect(await failure({ hostKey: "ssh-ed25519 AAAA" })).toBe(
      "failed to parse host key: ssh: no key found",
    );
  });

  test("tries a wrong host key again as often as any failure, and sends no command", async () => {
    const sessions = server.log().split("Starting session").length;
    expect(await failure({ hostKey: newKey().public, dialErrorLimit: 2 })).toBe(
      "after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
    expect(lines).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
    expect(server.log().split("Starting session")).toHaveLength(sessions);
  });

  test("reads SSH_AUTH_SOCK by itself, and another agent where the connection names one", async () => {
    const own = startAgent(keys.user);
    const withoutKey = { privateKey: undefined };
    const none = afterNone(
      "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none], no supported methods remain",
    );
    expect(await failure(withoutKey)).toBe(none);
    vi.stubEnv("SSH_AUTH_SOCK", own);
    expect(await failure(withoutKey)).toBe("it printed hello");
    vi.stubEnv("SSH_AUTH_SOCK", startAgent(newKey().private));
    expect(await failure({ ...withoutKey, agentSocketPath: own })).toBe("it printed hello");
  });

  test("fails for an agent that is gone, even beside a private key, and asks none after a refused key", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/nowhere/agent");
    expect(await failure({ dialErrorLimit: 5 })).toBe(
      "dial unix /nowhere/agent: connect: no such file or directory",
    );
    expect(lines).toEqual([]);
    vi.stubEnv("SSH_AUTH_SOCK", startAgent(keys.user));
    expect(await failure({ privateKey: newKey().private })).toMatch(/attempted methods \[none publickey\]/);
  });

  test("says of the network what Go says", async () => {
    const port = await freePort();
    expect(await failure({ port })).toBe(
      afterNone(`dial tcp 127.0.0.1:${port}: connect: connection refused`),
    );
    expect(await failure({ host: "no-such-host.invalid" })).toMatch(
      /^after 0 failed attempts: dial tcp: lookup no-such-host\.invalid on \S+:53: no such host$/,
    );
  });

  test("goes on when the engine cancels, and waits for no further connection", async () => {
    const own = new CommandProvider(() => own.cancel());
    const inputs = await checked(remoteUrn, { connection, create: "echo begun; sleep 0.5; echo ended" });
    expect((await own.create(remoteUrn, inputs)).outs.stdout).toBe("begun\nended");
    const wrong = { ...connection, privateKey: newKey().private, dialErrorLimit: -1 };
    await expect(
      own.create(remoteUrn, await checked(remoteUrn, { connection: wrong, create: "true" })),
    ).rejects.toThrow(/abort/);
  });

  test("goes through a bastion, whose key is checked by the same rules", async () => {
    const bastion = await startSshd(keys.authorized);
    try {
      const proxy = { ...connection, port: bastion.port, hostKey: bastion.hostKeys.ecdsa };
      expect(await failure({ proxy })).toBe("it printed hello");
      expect(bastion.log()).toContain("Accepted publickey");
      expect(bastion.log()).not.toContain("Starting session");

      const wrong = { ...proxy, hostKey: server.hostKeys.ecdsa };
      expect(await failure({ proxy: wrong })).toBe(
        `proxy: ${afterNone("ssh: handshake failed: ssh: host key mismatch")}`,
      );
      expect(await failure({ proxy: { ...proxy, hostKey: bastion.hostKeys.rsa } })).toMatch(
        /^proxy: .*no common algorithm for host key; we offered: \[ssh-rsa\]/,
      );
      expect(await failure({ proxy, port: await freePort() })).toBe(
        `proxy: ${afterNone("ssh: rejected: connect failed (Connection refused)")}`,
      );
      // The bastion's connection is used up by the first attempt, and the last one's reason is told.
      expect(await failure({ proxy, hostKey: newKey().public, dialErrorLimit: 1 })).toBe(
        "proxy: after 1 failed attempts: ssh: handshake failed: EOF",
      );
    } finally {
      await bastion.stop();
    }
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
