/** Hosts and bastions over real SSH, in order and out of it. */
import { execFile } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { StackConfig } from "../../config.ts";
import { type Check, makeAll } from "../../doctor/check.ts";
import { hostChecks } from "../../doctor/checks/hosts.ts";
import { freePort } from "../../lab/free-port.ts";
import { kindOf } from "../../runner/fleets/kinds.ts";
import { fingerprint, readHostKey } from "../../runner/fleets/ssh/keys.ts";
import { hostFiles } from "../../runner/host/files.ts";
import { parsed, seedValues } from "../configs.ts";
import { type KeyPair, newKey } from "../sshd.ts";
import { type FakeHost, publicHalf, type Reply, SOUND_SYSTEM, startHost } from "./host.ts";

const PROBE = {
  ...SOUND_SYSTEM,
  "reach.gitlab": "yes",
  "reach.images": "yes",
  installed: "yes",
};

const doctorSays = (outcome: string) =>
  JSON.stringify({
    checks: [
      { id: "open.daemon", outcome, sentence: "the daemon runs", detail: "it does not", remedy: "look" },
    ],
  });

/** A host in order, but for what is given. */
const healthy = (changes: Record<string, string> = {}, more: Record<string, () => Reply> = {}) => ({
  "sudo -n true": () => ({}),
  "sudo -n /bin/bash": () => ({
    stdout: Object.entries({ ...PROBE, ...changes })
      .map(([name, value]) => `${name}\t${value}\n`)
      .join(""),
  }),
  "date +%s.%N": () => ({ stdout: `${Date.now() / 1000}\n` }),
  "sudo -n buildx-doctor --json": () => ({ stdout: doctorSays("pass") }),
  ...more,
});

let keys: { host: KeyPair; other: KeyPair; user: KeyPair };
const servers: FakeHost[] = [];

beforeAll(() => {
  keys = { host: newKey(), other: newKey(), user: newKey() };
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function start(replies: Record<string, () => Reply> = healthy(), key = keys.host): Promise<FakeHost> {
  const server = await startHost(key, keys.user, replies);
  servers.push(server);
  return server;
}

const endpoint = ({ port, hostKey }: Pick<FakeHost, "port" | "hostKey">) => ({
  address: "127.0.0.1",
  port,
  user: "admin",
  hostKey,
  privateKey: keys.user.private,
});

/** Every answer about these hosts, by id. */
async function ask(hosts: Record<string, unknown>[], applied = true): Promise<Map<string, Check>> {
  const values = seedValues();
  const config: StackConfig = {
    ...parsed({ ...values, fleets: values.fleets.map((fleet) => ({ ...fleet, hosts })) }),
    stack: "dev",
    gitlabUrl: "https://gitlab.example.com",
  };
  const checks = hostChecks(
    { name: "dev", config, environment: {} },
    Promise.resolve(applied),
    () => new Date(),
  );
  try {
    const answers = await makeAll(checks.planned);
    return new Map(
      answers.map((check) => [check.subject.startsWith("bastion") ? `bastion ${check.id}` : check.id, check]),
    );
  } finally {
    await checks.close();
  }
}

const statuses = (answers: ReadonlyMap<string, Check>, status: string) =>
  [...answers].flatMap(([id, check]) => (check.status === status ? [id] : []));

describe("a host", () => {
  it("in order is ok, except for the manager that the fleet leaves out", async () => {
    const answers = await ask([endpoint(await start())]);
    expect(statuses(answers, "failed")).toEqual([]);
    expect(statuses(answers, "skipped")).toEqual([]);
    expect(statuses(answers, "warning")).toEqual(["host.gitlab-runner"]);
    expect(answers.size).toBe(18);
  });

  it("runs four commands", async () => {
    const server = await start();
    await ask([endpoint(server)]);
    expect(server.commands.map((command) => command.split(" ").slice(0, 3).join(" ")).toSorted()).toEqual([
      "date +%s.%N",
      "sudo -n /bin/bash",
      "sudo -n buildx-doctor",
      "sudo -n true",
    ]);
  });

  it("with another key is reported with both fingerprints, and no login is tried", async () => {
    const server = await start(healthy(), keys.other);
    const answers = await ask([{ ...endpoint(server), hostKey: publicHalf(keys.host) }]);
    expect(answers.get("host.host-key")).toMatchObject({
      status: "failed",
      found: `configured ${fingerprint(readHostKey(publicHalf(keys.host)).bytes)}, shown ${fingerprint(readHostKey(server.hostKey).bytes)}`,
    });
    expect(answers.get("host.authentication")?.status).toBe("skipped");
    const because = { subject: `host 127.0.0.1:${server.port}`, id: "host.host-key" };
    expect(answers.get("host.authentication")).toMatchObject({ because });
    expect(answers.get("host.disk")).toMatchObject({
      ...{ status: "skipped", found: "the SSH login failed", because },
    });
    expect(server.commands).toEqual([]);
  });

  it("without a key of the configured type is told which types it has, and how to look at them", async () => {
    const server = await start(healthy(), newKey("ecdsa"));
    const answers = await ask([{ ...endpoint(server), hostKey: publicHalf(keys.host) }]);
    expect(answers.get("host.host-key")).toMatchObject({
      status: "failed",
      found: "the configured key is ssh-ed25519, the machine has ecdsa-sha2-nistp256",
      remedy: expect.stringContaining(`ssh-keyscan -p ${server.port} -t ed25519,ecdsa 127.0.0.1`),
    });
    expect(answers.get("host.authentication")?.status).toBe("skipped");
  });

  it("that lets the key not in, or whose port is closed, or that has no name, is told at that stage", async () => {
    const server = await start();
    const refused = await ask([{ ...endpoint(server), privateKey: newKey().private }]);
    expect(refused.get("host.host-key")?.status).toBe("ok");
    expect(refused.get("host.authentication")).toMatchObject({
      status: "failed",
      remedy: expect.stringContaining("authorized_keys"),
    });
    const closed = await ask([{ ...endpoint(server), port: await freePort() }]);
    expect(closed.get("host.port")).toMatchObject({
      status: "failed",
      found: expect.stringContaining("ECONNREFUSED"),
    });
    const nameless = await ask([{ ...endpoint(server), address: "no-such-host.invalid" }]);
    expect(nameless.get("host.resolves")?.status).toBe("failed");
    expect(statuses(nameless, "ok")).toEqual([]);
  });

  it("whose private key cannot be read is skipped at the login, after its host key was checked", async () => {
    const server = await start();
    const answers = await ask([{ ...endpoint(server), privateKey: { secure: "v1:abc" } }]);
    expect(answers.get("host.host-key")?.status).toBe("ok");
    expect(answers.get("host.authentication")).toMatchObject({
      status: "skipped",
      remedy: expect.stringContaining("SSH agent"),
    });
  });

  it("with a wrong clock, a full disk and a broken daemon fails each check", async () => {
    const replies = healthy(
      { "disk.available": "1000000000", "reach.gitlab": "no" },
      {
        "date +%s.%N": () => ({ stdout: `${Date.now() / 1000 - 90}\n` }),
        "sudo -n buildx-doctor --json": () => ({ code: 1, stdout: doctorSays("fail") }),
      },
    );
    const answers = await ask([endpoint(await start(replies))]);
    expect(statuses(answers, "failed")).toEqual([
      "host.clock",
      "host.disk",
      "host.reaches-gitlab",
      "host.buildx-doctor",
      "host.buildx-doctor.open.daemon",
    ]);
    expect(answers.get("host.clock")).toMatchObject({
      found: "90 s behind this computer",
      remedy: expect.stringContaining("set-ntp"),
    });
  });

  it("whose sudo asks for a password is checked without root", async () => {
    const replies = {
      ...healthy({}, { "sudo -n true": () => ({ code: 1, stderr: "sudo: a password is required\n" }) }),
      "/bin/bash": healthy()["sudo -n /bin/bash"],
    };
    const answers = await ask([endpoint(await start(replies))]);
    expect(answers.get("host.sudo")).toMatchObject({
      status: "failed",
      remedy: expect.stringContaining("NOPASSWD"),
    });
    expect(answers.get("host.disk")?.status).toBe("ok");
    expect(answers.get("host.buildx-doctor")).toMatchObject({ status: "skipped", found: "it needs sudo" });
  });

  it("that is not set up waits for the update, or was set up and is not any more", async () => {
    const server = await start(healthy({ installed: "no" }));
    expect((await ask([endpoint(server)], false)).get("host.installed")?.status).toBe("skipped");
    expect((await ask([endpoint(server)])).get("host.installed")?.status).toBe("failed");
  });

  it("that is gone is not contacted", async () => {
    expect((await ask([{ ...endpoint(await start()), gone: true }])).size).toBe(0);
  });
});

describe("a bastion", () => {
  it("is logged in to, and its host through it", async () => {
    const [bastion, host] = [await start({}), await start()];
    const answers = await ask([{ ...endpoint(host), bastion: endpoint(bastion) }]);
    expect(answers.get("bastion host.authentication")?.status).toBe("ok");
    expect(answers.get("host.buildx-doctor")?.status).toBe("ok");
    expect(bastion.commands).toEqual([]);
  });

  it("with another key fails, and the checks of its host are skipped", async () => {
    const [bastion, host] = [await start({}, keys.other), await start()];
    const answers = await ask([
      { ...endpoint(host), bastion: { ...endpoint(bastion), hostKey: publicHalf(keys.host) } },
    ]);
    expect(statuses(answers, "failed")).toEqual(["bastion host.host-key"]);
    expect(answers.get("host.port")).toMatchObject({
      status: "skipped",
      found: "the login to its bastion failed",
      because: { subject: `bastion 127.0.0.1:${bastion.port}`, id: "host.host-key" },
    });
  });
});

describe("the probe", () => {
  it("reports the facts of this computer", async () => {
    const script = fileURLToPath(new URL("../../doctor/scripts/probe.sh", import.meta.url));
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as AddressInfo;
    const targets = [
      `open=http://127.0.0.1:${port}`,
      `closed=http://127.0.0.1:${await freePort()}`,
      "evil=http://$(touch /tmp/x):1",
    ];
    const { stdout } = await promisify(execFile)("/bin/bash", [script, "/no/such/directory", ...targets]);
    server.close();
    const facts = new Map(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split("\t") as [string, string]),
    );
    expect(facts.get("disk.path")).toBe("/");
    expect(Number(facts.get("disk.available"))).toBeGreaterThan(0);
    expect(Number(facts.get("memory.total"))).toBeGreaterThan(1e8);
    expect(facts.get("system")).toMatch(/^[a-z]+-[0-9.]+$/);
    expect([facts.get("reach.open"), facts.get("reach.closed"), facts.has("reach.evil")]).toEqual([
      "yes",
      "no",
      false,
    ]);
  });

  it("compares a host's files with the digests of what the stack would write", async () => {
    const config = { stack: "dev", gitlabUrl: "https://gitlab.example.com" };
    const [fleet] = parsed(seedValues()).fleets;
    if (fleet === undefined) throw new Error("the seed has a fleet");
    const paths = kindOf(fleet)
      .machines(config, fleet)
      .flatMap(({ settings }) => hostFiles(settings).map(({ path }) => path));
    for (const name of ["settings.env", "open/config.toml", "protected/buildkitd.toml", "open/daemon.json"])
      expect(paths).toContain(`/usr/local/lib/buildx-runners/${name}`);
    const other = await ask([
      endpoint(await start(healthy({ "file:/usr/local/lib/buildx-runners/settings.env": "0" }))),
    ]);
    expect(other.get("host.installed")).toMatchObject({
      status: "warning",
      found: expect.stringContaining("settings.env"),
    });
  });
});
