/** A worker of an autoscaler, on a machine with a metadata server and Google's guest agent. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { dockerCli } from "../../../lab/images/index.ts";
import { ATTRIBUTES } from "../../../runner/host/cloud.ts";
import { JOB_IMAGE } from "../host/support.ts";
import { type CloudHost, startCloudHost } from "./cloud-host.ts";

const ACCOUNT = "buildx-open";
const SOCKET = "/var/lib/buildx/open/docker.sock";
const DOCKER = `docker -H unix://${SOCKET}`;

let directory: string;
let worker: CloudHost;

/** Makes a key pair; its public half is `TYPE KEY`. */
async function newKey(name: string, type = "ed25519"): Promise<{ path: string; line: string }> {
  const path = join(directory, name);
  await execa("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path]);
  return { path, line: (await readFile(`${path}.pub`, "utf8")).trim() };
}

/** Logs in the way the manager's library does: one key, no question, whatever host key. */
function ssh(key: string, account: string, command: readonly string[], input?: string) {
  const options = [
    ...["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"],
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10"],
  ];
  return execa("ssh", [...options, "-i", key, `${account}@${worker.machine.address}`, ...command], {
    reject: false,
    timeout: 60_000,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
  });
}

/** Replaces what the metadata says of SSH keys. */
const authorize = (...lines: string[]) =>
  worker.cloud.patch({ attributes: { "ssh-keys": lines.join("\n") } });

const keys: Record<"manager" | "rsa" | "other", { path: string; line: string }> = {
  manager: { path: "", line: "" },
  rsa: { path: "", line: "" },
  other: { path: "", line: "" },
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "buildx-worker-"));
  keys.manager = await newKey("manager");
  keys.rsa = await newKey("rsa", "rsa");
  keys.other = await newKey("other");
  worker = await startCloudHost({
    settings: { role: "worker", levels: ["open"], runners: [] },
    // The lab waits until its administrator can log in, which a worker soon lets nobody do.
    state: async () => ({ serviceAccount: null, attributes: { [ATTRIBUTES.setup]: null } }),
  });
  await worker.cloud.patch({
    attributes: {
      "enable-oslogin": "TRUE",
      // The key is there before the account is, as the plugin puts it there: the guest agent sees it first.
      "ssh-keys": `${ACCOUNT}:${keys.manager.line}`,
      [ATTRIBUTES.setup]: worker.setup(),
    },
  });
  await worker.status(/^ready$/, 180);
});

afterAll(async () => {
  await worker?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe("a worker", () => {
  it("turns itself into one from a stock image, and its doctor finds nothing wrong", async () => {
    expect((await worker.complaints()).filter((line) => line.startsWith("fail"))).toEqual([]);
  });

  it("changes nothing when it is set up once more", async () => {
    const again = await worker.root("bash -s", worker.setup());
    expect(again.stdout.trimEnd().split("\n").at(-1)).toBe("buildx-runners: ready, nothing changed");
  });

  it("lets the manager's key in, which finds the daemon and the builder ready", async () => {
    const ready = await ssh(keys.manager.path, ACCOUNT, ["/usr/local/lib/buildx-runners/ready.sh"]);
    expect([ready.exitCode, ready.stderr]).toEqual([0, ""]);
    const info = await ssh(keys.manager.path, ACCOUNT, [`${DOCKER} info --format '{{.SecurityOptions}}'`]);
    expect(info.stdout).toContain("rootless");
  });

  it("runs containers by a command of the manager's, with their exit codes and their input", async () => {
    const run = `${DOCKER} run --rm --interactive --entrypoint sh ${JOB_IMAGE} -s`;
    const good = await ssh(keys.manager.path, ACCOUNT, [run], "echo from the container\n");
    expect([good.stdout, good.exitCode]).toEqual(["from the container", 0]);
    expect((await ssh(keys.manager.path, ACCOUNT, [run], "exit 7\n")).exitCode).toBe(7);
  });

  it("runs them through a forwarded socket, with their exit codes and their input", async () => {
    const local = join(directory, "docker.sock");
    const forward = ["-N", "-o", "ExitOnForwardFailure=yes", "-L", `${local}:${SOCKET}`];
    const tunnel = ssh(keys.manager.path, ACCOUNT, forward);
    try {
      await vi.waitUntil(() => existsSync(local), { timeout: 20_000 });
      const docker = await dockerCli();
      const command = ["run", "--rm", "--interactive", "--entrypoint", "sh", JOB_IMAGE, "-s"];
      const run = (input: string) =>
        execa(docker, ["-H", `unix://${local}`, ...command], { input, reject: false });
      const good = await run("cat <<END\nthrough the tunnel\nEND\n");
      expect([good.stdout, good.stderr, good.exitCode]).toEqual(["through the tunnel", "", 0]);
      expect((await run("echo half\nexit 9\n")).exitCode).toBe(9);
    } finally {
      tunnel.kill();
      await tunnel;
    }
  });

  it("opens nothing on itself for the manager, and has no terminal and no agent to offer", async () => {
    const back = await ssh(keys.manager.path, ACCOUNT, [
      "-N",
      ...["-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:8099:127.0.0.1:22"],
    ]);
    expect(back.stderr).toContain("remote port forwarding failed");
    const terminal = await ssh(keys.manager.path, ACCOUNT, ["-tt", "tty"]);
    expect(terminal.stdout).not.toContain("/dev/pts");
  });
});

describe("who may log in to a worker", () => {
  it("is whoever has a key in the metadata, at once, and for as long as it is there", async () => {
    await authorize(
      `${ACCOUNT}:${keys.other.line} google-ssh {"userName":"a@b.c","expireOn":"2101-01-31T12:00:00+0000"}`,
      `${ACCOUNT}:${keys.rsa.line}`,
    );
    expect((await ssh(keys.other.path, ACCOUNT, ["id -un"])).stdout).toBe(ACCOUNT);
    expect((await ssh(keys.rsa.path, ACCOUNT, ["id -un"])).stdout).toBe(ACCOUNT);
    expect((await ssh(keys.manager.path, ACCOUNT, ["true"])).stderr).toContain("Permission denied");
    await authorize(`${ACCOUNT}:${keys.manager.line}`);
    expect((await ssh(keys.manager.path, ACCOUNT, ["id -un"])).stdout).toBe(ACCOUNT);
    expect((await ssh(keys.other.path, ACCOUNT, ["true"])).stderr).toContain("Permission denied");
  });

  it("is nobody with a key that is over, that is another account's, or that brings options", async () => {
    const over = `${keys.other.line} google-ssh {"userName":"a@b.c","expireOn":"2020-01-31T12:00:00+0000"}`;
    for (const line of [
      `${ACCOUNT}:${over}`,
      `buildx-protected:${keys.other.line}`,
      `${ACCOUNT}:command="id" ${keys.other.line}`,
    ]) {
      await authorize(line, `${ACCOUNT}:${keys.manager.line}`);
      expect((await ssh(keys.other.path, ACCOUNT, ["true"])).stderr, line).toContain("Permission denied");
    }
  });

  it("is no other account, be its key in the metadata or in its home", async () => {
    await authorize(
      `root:${keys.other.line}`,
      `admin:${keys.other.line}`,
      `buildx-ssh:${keys.other.line}`,
      `${ACCOUNT}:${keys.manager.line}`,
    );
    await sleep(2000);
    for (const account of ["root", "admin", "buildx-ssh"])
      expect((await ssh(keys.other.path, account, ["true"])).stderr, account).toContain("Permission denied");
    // The lab's own key, which stands in the administrator's home.
    expect((await worker.machine.ssh("true")).stderr).toContain("Permission denied");
  });

  it("is not decided by a job: what it writes into the account's home counts for nothing", async () => {
    const home = "/var/lib/buildx/open/home";
    const plant = `mkdir -p /h/.ssh && echo '${keys.other.line}' >/h/.ssh/authorized_keys && chmod 600 /h/.ssh/authorized_keys && echo touch /h/rc-ran >/h/.ssh/rc`;
    const job = await ssh(
      keys.manager.path,
      ACCOUNT,
      [`${DOCKER} run --rm -i -v ${home}:/h --entrypoint sh ${JOB_IMAGE} -s`],
      plant,
    );
    expect(job.exitCode).toBe(0);
    expect((await ssh(keys.other.path, ACCOUNT, ["true"])).stderr).toContain("Permission denied");
    await ssh(keys.manager.path, ACCOUNT, ["true"]);
    expect((await worker.root(`test -e ${home}/rc-ran`)).exitCode).toBe(1);
  });
});

describe("the account of a worker", () => {
  it("is no administrator, whatever the guest agent makes of its key", async () => {
    const found = await ssh(keys.manager.path, ACCOUNT, ["id -Gn; sudo -n true"]);
    expect(found.stdout).toBe(ACCOUNT);
    expect(found.stderr).toContain("sudo");
    expect(found.exitCode).not.toBe(0);
    expect((await worker.root("getent group google-sudoers || true")).stdout).not.toContain(ACCOUNT);
  });

  it("stays so where the machine says that OS Login is off and its agent starts again", async () => {
    await worker.cloud.patch({ attributes: { "enable-oslogin": "FALSE" } });
    await worker.root("systemctl restart google-guest-agent.service");
    await sleep(4000);
    expect((await worker.root(`id -Gn ${ACCOUNT}`)).stdout).toBe(ACCOUNT);
    expect((await ssh(keys.manager.path, ACCOUNT, ["id -un"])).stdout).toBe(ACCOUNT);
    await worker.cloud.patch({ attributes: { "enable-oslogin": "TRUE" } });
  });

  it("does not reach the metadata service, nor do its containers, privileged or on the host's network", async () => {
    const ask = "http://169.254.169.254/computeMetadata/v1/instance/attributes/ssh-keys";
    const wget = `wget -q -T 5 -O - --header 'Metadata-Flavor: Google' ${ask}`;
    const own = await ssh(keys.manager.path, ACCOUNT, [
      `curl -sS --max-time 5 -H 'Metadata-Flavor: Google' ${ask}`,
    ]);
    expect([own.stdout, own.exitCode]).not.toEqual([expect.stringContaining("ssh-"), 0]);
    expect(own.stdout).toBe("");
    for (const options of ["", "--privileged", "--network host"]) {
      const job = await ssh(
        keys.manager.path,
        ACCOUNT,
        [`${DOCKER} run --rm -i ${options} --entrypoint sh ${JOB_IMAGE} -s`],
        wget,
      );
      expect(job.stdout, options).toBe("");
      expect(job.exitCode, options).not.toBe(0);
    }
    expect((await worker.root(`curl -sS -H 'Metadata-Flavor: Google' ${ask}`)).stdout).toContain(
      keys.manager.line,
    );
  });

  it("has no token, no runner and no identity beside it", async () => {
    const found = await worker.root(
      "ls -d /etc/gitlab-runner /usr/local/lib/buildx-runners/bin /usr/local/lib/buildx-runners/register.sh 2>/dev/null",
    );
    expect(found.stdout).toBe("");
    const accounts = await worker.root(
      "curl -s -H 'Metadata-Flavor: Google' http://169.254.169.254/computeMetadata/v1/instance/service-accounts/",
    );
    expect(accounts.stdout.trim()).toBe("");
  });
});

describe("a worker that is torn down", () => {
  it("lets its administrator in again and nobody else, and keeps nothing", async () => {
    const gone = await worker.tearDown();
    expect([gone.exitCode, gone.stderr]).toEqual([0, ""]);
    // With OS Login it would be up to Google's modules of PAM, which Debian does not have.
    await worker.cloud.patch({ attributes: { "enable-oslogin": "FALSE" } });
    await vi.waitUntil(async () => (await worker.machine.ssh("id -un")).stdout === "admin", {
      timeout: 30_000,
      interval: 1000,
    });
    const left = await worker.root(
      "getent passwd buildx-open buildx-ssh; ls -d /var/lib/buildx /usr/local/lib/buildx-runners /var/lib/buildx-runners /etc/ssh/sshd_config.d/1*; nft list tables; grep accounts_daemon /etc/default/instance_configs.cfg*",
    );
    expect(left.stdout).toBe("accounts_daemon = true");
  });
});
