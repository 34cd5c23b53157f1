import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setupScript } from "../../../runner/host/archive.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import { registrationInput } from "../../../runner/host/registration.ts";
import { doctor, type HostMachine, JOB_IMAGE, startHostMachine } from "./support.ts";

let host: HostMachine;
beforeAll(async () => {
  host = await startHostMachine("blank");
});
afterAll(() => host.stop());

/** What a host leaves on a computer, wherever it may be: none of it may be there before, nor after teardown. */
const TRACES = `
ls -d /usr/local/lib/buildx-runners /usr/local/sbin/buildx-doctor /var/lib/buildx /var/lib/buildx-runners /etc/gitlab-runner \
  /var/lib/gitlab-runner /run/lock/buildx-runners.lock 2>/dev/null
find /etc /var/lib/systemd /usr/local -name '*buildx*' 2>/dev/null
grep -H buildx- /etc/passwd /etc/group /etc/shadow /etc/subuid /etc/subgid
getent passwd gitlab-runner
nft list tables 2>/dev/null | grep buildx
find /etc/systemd -lname /dev/null
findmnt --raw --noheadings --output TARGET | grep buildx
ps -eo user:20,args | grep -E '^(buildx-|gitlab-runner)'
true`;

describe("a computer that cannot be a host", () => {
  it.each([
    ["an unknown system", "ID=alpine\nVERSION_ID=3.20\n", /unsupported system 'alpine 3.20'/],
    ["a system without docker-buildx", "ID=debian\nVERSION_ID=12\n", /set 'packages: docker'/],
    ["an older Ubuntu", "ID=ubuntu\nVERSION_ID=22.04\n", /set 'packages: docker'/],
    ["an unsupported Ubuntu", "ID=ubuntu\nVERSION_ID=20.04\n", /unsupported system 'ubuntu 20.04'/],
  ])("refuses %s before anything is changed", async (_what, osRelease, message) => {
    await host.root(
      "cp --dereference /etc/os-release /root/os-release && cat >/etc/os-release.fake",
      osRelease,
    );
    await host.root("mount --bind /etc/os-release.fake /etc/os-release");
    const { exitCode, stderr } = await host.setUp();
    await host.root("umount /etc/os-release; rm -f /etc/os-release.fake /root/os-release");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect((await host.root(TRACES)).stdout).toBe("");
  });

  it("refuses a data directory that is not a plain path", async () => {
    const { exitCode, stderr } = await host.setUp({ dataDirectory: "/var/lib/$(touch /tmp/executed)" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("is not a plain absolute path");
    expect((await host.root(`ls /tmp/executed; ${TRACES}`)).stdout).toBe("");
  });

  it("refuses who is not root", async () => {
    const result = await host.machine.ssh("/bin/bash -s", { input: setupScript(hostFiles(host.settings())) });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("this must run as root");
  });
});

describe("set-up", () => {
  it("is finished by the next run, wherever the last one was killed", async () => {
    const script = setupScript(hostFiles(host.settings()));
    for (const milliseconds of [400, 2500, 5000, 8000, 11_000, 14_000]) {
      const running = host.machine.exec("exec setsid bash -c 'echo $$ >/run/setup.pid; exec bash -s'", {
        input: script,
      });
      await sleep(milliseconds);
      // The whole session, with apt and dpkg in it, as a reset of the machine would.
      await host.root("pkill -KILL --session $(cat /run/setup.pid)");
      await running;
    }
    const { exitCode, stdout, stderr } = await host.setUp();
    expect(`${stdout}${stderr}`).toContain("buildx-runners: ready");
    expect(exitCode).toBe(0);
    expect((await doctor(host)).failed).toEqual([]);
  });

  it("changes nothing the second time and says so", async () => {
    const { stdout } = await host.setUp();
    expect(stdout).not.toMatch(/^changed/m);
    expect(stdout.trim().split("\n").at(-1)).toBe("buildx-runners: ready, nothing changed");
  });

  it("lets two runs at once take turns", async () => {
    const [first, second] = await Promise.all([host.setUp(), host.setUp()]);
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect((await doctor(host)).failed).toEqual([]);
  });

  it("says out loud that the manager's binary was left out", async () => {
    expect((await host.setUp()).stdout).toContain("gitlabRunner is none");
    const { checks } = await doctor(host);
    expect(checks.find((check) => check.id === "open.manager")).toMatchObject({ outcome: "warn" });
  });

  it("leaves the administrator's sudo as it was", async () => {
    expect((await host.machine.ssh("sudo -n id -u")).stdout.trim()).toBe("0");
  });
});

const SOCKET = "unix:///var/lib/buildx/open/docker.sock";
const CONTAINER = "buildx_buildkit_buildx-runners0";

describe("the builder", () => {
  const stateOf = async () =>
    (await host.root(`docker -H ${SOCKET} exec ${CONTAINER} cat /var/lib/buildkit/mark 2>&1`)).stdout.trim();
  const idOf = async () =>
    (await host.root(`docker -H ${SOCKET} inspect -f {{.Id}} ${CONTAINER}`)).stdout.trim();

  it("is made anew for a changed buildkitd.toml, and keeps its state", async () => {
    await host.root(`docker -H ${SOCKET} exec ${CONTAINER} sh -c 'echo kept >/var/lib/buildkit/mark'`);
    const before = await idOf();
    const builder = { ...host.settings().builder, maxParallelism: 2 };
    expect((await host.setUp({ builder })).stdout).toContain("changed    builder of level open");
    expect(await idOf()).not.toBe(before);
    expect(await stateOf()).toBe("kept");
    expect((await host.setUp()).exitCode).toBe(0);
    expect(await stateOf()).toBe("kept");
  });

  it("comes back when a job removes it", async () => {
    await host.root(`docker -H ${SOCKET} rm -f ${CONTAINER}`);
    await host.root("systemctl start buildx-builder@open.service");
    expect((await doctor(host)).failed).toEqual([]);
  });

  it("says what to do when its image cannot be had", async () => {
    const builder = { ...host.settings().builder, image: "moby/buildkit:v0.0.0-missing" };
    const { exitCode, stderr } = await host.setUp({ builder });
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/BuildKit image moby\/buildkit:v0.0.0-missing could not be pulled/);
    expect(stderr).toContain("registryMirrors");
    expect((await host.setUp()).exitCode).toBe(0);
  });
});

describe("housekeeping", () => {
  it("leaves running containers, their volumes and the builder's state alone", async () => {
    await host.root(`docker -H ${SOCKET} volume create used`);
    const sleeper = `docker -H ${SOCKET} run -d --rm --name sleeper --volume used:/used --entrypoint sleep ${JOB_IMAGE} 1000`;
    expect((await host.root(sleeper)).exitCode).toBe(0);
    const result = await host.root(
      "systemctl start buildx-housekeeping@open.service; systemctl show -P Result buildx-housekeeping@open.service",
    );
    expect(result.stdout).toBe("success");
    const names = (
      await host.root(`docker -H ${SOCKET} ps --format {{.Names}}; docker -H ${SOCKET} volume ls -q`)
    ).stdout.split("\n");
    for (const name of ["sleeper", "used", CONTAINER, `${CONTAINER}_state`]) expect(names).toContain(name);
    await host.root(`docker -H ${SOCKET} rm -f sleeper; docker -H ${SOCKET} volume rm used`);
  });
});

it("puts the metadata guard back when somebody flushes the packet filter", async () => {
  await host.root("nft flush ruleset; systemctl start buildx-builder@open.service");
  expect((await doctor(host)).failed).toEqual([]);
});

it("keeps the token of a manager with the shell executor for root alone", async () => {
  await host.setUp({ executor: "shell" });
  const entries = host.settings().runners.map(({ name }) => ({ name, token: "glrt-0123456789abcdef" }));
  await host.machine.ssh("sudo -n /usr/local/lib/buildx-runners/register.sh", {
    input: registrationInput(entries),
  });
  const file = "/etc/gitlab-runner/open/config.toml";
  expect((await host.root(`stat -c '%a %U' ${file}`)).stdout).toBe("600 root");
  expect((await host.root(`runuser -u buildx-open -- cat ${file}`)).stderr).toContain("Permission denied");
  expect((await host.root("systemctl cat gitlab-runner@open.service")).stdout).toContain("--user buildx-%i");
  expect((await doctor(host)).failed).toEqual([]);
  await host.machine.ssh("sudo -n /usr/local/lib/buildx-runners/register.sh --remove");
  expect((await host.setUp()).exitCode).toBe(0);
});

it("is whole again within a minute of a reboot", async () => {
  await host.machine.reboot();
  const started = Date.now();
  let report = await doctor(host).catch(() => undefined);
  while (report?.ok !== true && Date.now() - started < 60_000) {
    await sleep(1000);
    report = await doctor(host).catch(() => undefined);
  }
  expect(report?.failed).toEqual([]);
});

it("names what is wrong", async () => {
  await host.root(
    "nft delete table inet buildx_guard; systemctl stop buildx-housekeeping@open.timer; chmod 755 /var/lib/buildx/open",
  );
  const { ok, failed } = await doctor(host);
  expect(ok).toBe(false);
  const ids = failed.map((check) => check.split(":")[0]);
  for (const id of ["guard.rules", "open.housekeeping-timer", "open.directory"]) expect(ids).toContain(id);
  expect((await host.setUp()).stdout).toMatch(/ready, \d+ changes/);
  expect((await doctor(host)).failed).toEqual([]);
});

it("takes a level away that the fleet no longer has", async () => {
  const runners = host.settings().runners.filter((runner) => runner.level === "open");
  expect((await host.setUp({ levels: ["open"], runners })).stdout).toContain("removed level protected");
  expect((await host.root("getent passwd buildx-protected; ls -d /var/lib/buildx/protected")).stdout).toBe(
    "",
  );
  expect((await doctor(host)).failed).toEqual([]);
});

describe("teardown", () => {
  const teardown = () => host.machine.ssh("sudo -n /usr/local/lib/buildx-runners/teardown.sh");

  it("leaves nothing of the host behind, even where half is gone already", async () => {
    await host.root(
      "userdel -f buildx-open; rm -rf /etc/systemd/system/buildx-guard.service; systemctl daemon-reload",
    );
    const result = await teardown();
    expect(result.stderr).toBe("");
    expect(result.exitCode).toBe(0);
    expect((await host.root(TRACES)).stdout).toBe("");
    expect((await host.root("systemctl --failed --plain --no-legend")).stdout).toBe("");
  });

  it("leaves a computer that can become a host again", async () => {
    const { stdout } = await host.setUp();
    expect(stdout).toMatch(/ready, \d+ changes/);
    expect((await doctor(host)).failed).toEqual([]);
    expect((await teardown()).exitCode).toBe(0);
    expect((await host.root(TRACES)).stdout).toBe("");
  });
});
