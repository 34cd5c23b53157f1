import { describe, expect, it } from "vitest";
import { sshHosts } from "../../../../runner/fleets/kinds.ts";
import { hostCommands, sshCommand } from "../../../../runner/fleets/ssh/commands.ts";
import { parsed, seedValues } from "../../../configs.ts";

function hostWith(more: Readonly<Record<string, unknown>>) {
  const values = seedValues();
  Object.assign(values.fleets[0]?.hosts[0] ?? {}, more);
  const [host] = parsed(values).fleets.flatMap(sshHosts);
  if (host === undefined) throw new Error("the seed's configuration has no host");
  return host;
}

describe("the command that opens a shell on a host", () => {
  it.each([
    [{}, "ssh admin@10.0.0.5"],
    [{ port: 2222 }, "ssh -p 2222 admin@10.0.0.5"],
    [
      { bastion: { address: "jump.example.com", user: "jump" } },
      "ssh -J jump@jump.example.com admin@10.0.0.5",
    ],
    [
      { bastion: { address: "2001:db8::1", port: 2222, user: "jump" } },
      "ssh -J jump@[2001:db8::1]:2222 admin@10.0.0.5",
    ],
  ])("of %j", (more: Readonly<Record<string, unknown>>, command) => {
    const { hostKey } = hostWith({});
    const bastion = "bastion" in more ? { bastion: { hostKey, ...(more.bastion as object) } } : {};
    expect(sshCommand(hostWith({ ...more, ...bastion }))).toBe(command);
  });

  it("holds no key", () => {
    expect(JSON.stringify(hostCommands(hostWith({}), "ready"))).not.toContain("private key");
  });
});

describe("what a host's set-up said", () => {
  it("is its last line, and the daemon's release", () => {
    const output = "changed    x\ndocker     26.1.5+dfsg1\nbuildx-runners: ready, 1 changes\n";
    expect(hostCommands(hostWith({}), output)).toMatchObject({
      setup: "buildx-runners: ready, 1 changes",
      docker: "26.1.5+dfsg1",
    });
  });

  it("is no release where it named none", () => {
    expect(hostCommands(hostWith({}), "")).not.toHaveProperty("docker");
  });
});
