import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "host-owner-"));
});
afterEach(() => rmSync(state, { recursive: true }));

/** Runs functions of owner.sh as set-up does: with settings.env's values, and what lib.sh says things with. */
function shell(commands: string, { owner = "dev/linux", takeOver = "" } = {}) {
  const { status, stdout } = spawnSync("bash", ["-Eeuo", "pipefail", "-s"], {
    env: { PATH: process.env.PATH, STATE: state, OWNER: owner, TAKE_OVER: takeOver },
    input: `fail() { printf '%s|%s|%s\\n' "$1" "$2" "$3"; exit 1; }
changed() { printf 'changed %s\\n' "$*"; }
. runner/host/scripts/owner.sh
${commands}`,
    encoding: "utf8",
  });
  return { status, stdout };
}

const remembered = (): string => readFileSync(join(state, "owner"), "utf8");
const belongsTo = (owner: string): void => writeFileSync(join(state, "owner"), `${owner}\n`);

describe("a host's owner", () => {
  it("is the first fleet that set it up, in a file that only root reads", () => {
    expect(shell("refuse_to_take_from_another; remember_the_owner")).toEqual({
      status: 0,
      stdout: "changed this computer is a host of dev/linux\n",
    });
    expect(remembered()).toBe("dev/linux\n");
    expect(statSync(join(state, "owner")).mode & 0o777).toBe(0o600);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(shell("refuse_to_take_from_another; remember_the_owner")).toEqual({ status: 0, stdout: "" });
  });

  it.each(["prod/linux", "dev/other"])("refuses %s, by name and with both ways on", (owner) => {
    belongsTo("dev/linux");
    const { status, stdout } = shell("refuse_to_take_from_another", { owner });
    const [stack, fleet] = owner.split("/");
    expect(status).toBe(1);
    expect(stdout).toContain(
      `this computer is a host of fleet linux of stack dev; fleet ${fleet} of stack ${stack} has not changed it`,
    );
    expect(stdout).toMatch(/its teardown removes the owner.*takeOver: dev\/linux/);
  });

  it("gives way to a stack that takes it over from that very owner, and then stays with it", () => {
    belongsTo("dev/linux");
    const taking = { owner: "prod/linux", takeOver: "dev/linux" };
    expect(shell("refuse_to_take_from_another; remember_the_owner", taking).status).toBe(0);
    expect(remembered()).toBe("prod/linux\n");
    expect(shell("refuse_to_take_from_another").status).toBe(1);
    belongsTo("third/linux");
    expect(shell("refuse_to_take_from_another", taking).status).toBe(1);
  });

  it("is what an undoing asks for", () => {
    const ask = "if belongs_to_another dev/linux; then echo another; else echo own; fi";
    expect(shell(ask).stdout).toBe("own\n");
    belongsTo("dev/linux");
    expect(shell(ask).stdout).toBe("own\n");
    belongsTo("prod/linux");
    expect(shell(ask).stdout).toBe("another\n");
  });

  it("does not exist on a machine of a cloud", () => {
    belongsTo("dev/linux");
    expect(shell("refuse_to_take_from_another; remember_the_owner", { owner: "" })).toEqual({
      status: 0,
      stdout: "",
    });
    expect(remembered()).toBe("dev/linux\n");
  });
});
