/** Doctor logs in to what `pulumi up` can log in to, and to nothing else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret, type SshEndpointConfig } from "../../config.ts";
import { openSession, SshFailure } from "../../doctor/ssh.ts";
import { type Keys, newKeys, type SshCase, sshCases } from "../ssh-cases.ts";
import { hasSshd, newKey, type Sshd, startAgent, startSshd } from "../sshd.ts";

describe.skipIf(!hasSshd)("a session on OpenSSH's own server", { timeout: 120_000 }, () => {
  let keys: Keys;
  let server: Sshd;
  beforeAll(async () => {
    keys = newKeys();
    server = await startSshd(keys.authorized);
  });
  afterAll(() => server.stop());

  const endpointOf = ({ hostKey, privateKey, privateKeyPassword }: Partial<SshCase>): SshEndpointConfig => ({
    address: "127.0.0.1",
    port: server.port,
    user: server.user,
    hostKey: hostKey ?? server.hostKeys.ed25519,
    ...(privateKey === undefined ? {} : { privateKey: new Secret(privateKey) }),
    ...(privateKeyPassword === undefined ? {} : { privateKeyPassword: new Secret(privateKeyPassword) }),
  });

  async function outcome(changes: Partial<SshCase>, agent?: string): Promise<string | SshFailure> {
    try {
      const session = await openSession(endpointOf(changes), agent);
      const { stdout } = await session.run("cat", "hello");
      session.end();
      return stdout;
    } catch (error) {
      if (error instanceof SshFailure) return error;
      throw error;
    }
  }

  it("is opened and refused by the same keys as the published provider's, with its texts", async () => {
    const one = async ([title, [changes, expected]]: [string, [SshCase, string | null]]) => {
      const found = await outcome(changes);
      if (expected === null) expect(found, title).toBe("hello");
      else if (expected.startsWith("ssh: handshake"))
        expect(found, title).toMatchObject({ message: expected, remedy: undefined });
      else
        expect(found, title).toMatchObject({
          stage: "authentication",
          message: `its privateKey: ${expected}`,
          remedy: expect.stringContaining("set privateKey"),
        });
    };
    // One after another: a log-in has 15 s.
    for (const entry of Object.entries(sshCases(server, keys))) await one(entry);
  });

  it("asks the agent where there is no private key, and fails for one that is gone in any case", async () => {
    expect(await outcome({}, startAgent(keys.user))).toBe("hello");
    expect(await outcome({}, startAgent(newKey().private))).toMatchObject({ stage: "authentication" });
    expect(await outcome({ privateKey: keys.user }, "/nowhere/agent")).toMatchObject({
      stage: "authentication",
      message: "dial unix /nowhere/agent: connect: no such file or directory",
      remedy: expect.stringContaining("SSH_AUTH_SOCK"),
    });
  });
});
