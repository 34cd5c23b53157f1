/**
 * A machine that is well tells Google's health check so, and nobody else; one that is to go lets its jobs end first,
 * and leaves no manager behind in GitLab. One machine, which is booted again after each of its ends.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { addresses } from "../../../lab/cloud/network.ts";
import { HEALTH_CHECK } from "../../../runner/host/cloud.ts";
import { JOB_IMAGE } from "../host/support.ts";
import { type CloudHost, secretVersion, startCloudHost } from "./cloud-host.ts";

const JOBS = "/var/lib/gitlab-runner";
const [PROBE] = addresses.healthChecks;

let host: CloudHost;
const root = async (command: string) => (await host.root(command)).stdout.trim();

beforeAll(async () => {
  host = await startCloudHost({
    state: async (services) => {
      const { payload } = await services.newTokens();
      return { ...secretVersion(1, payload), instance: { stopState: "UNSPECIFIED" } };
    },
  });
  await host.status(/^ready$/, 400);
  await allManagersKnown();
});
afterAll(() => host?.stop());

/** Both levels' managers have asked GitLab for jobs, each under the two runners of its level. */
const allManagersKnown = () =>
  vi.waitFor(() => expect(host.managers()).toHaveLength(4), { timeout: 60_000, interval: 200 });

/** Gives a level's manager a job, and waits until its container runs. */
async function runJob(seconds: number): Promise<void> {
  await host.root(
    `rm -f ${JOBS}/open.log; cat >${JOBS}/job.new && mv ${JOBS}/job.new ${JOBS}/open.job`,
    `sleep ${seconds}`,
  );
  await expect
    .poll(() => root("docker -H unix:///var/lib/buildx/open/docker.sock ps -qf name=runner-open-job"), {
      timeout: 20_000,
    })
    .not.toBe("");
}

/** What became of the job, from the machine's disk: the machine may be off. */
const jobLog = () => readFileSync(join(host.machine.rootDirectory, JOBS, "open.log"), "utf8");

async function bootAgain(): Promise<void> {
  await host.cloud.patch({ instance: { stopState: "UNSPECIFIED", preempted: false } });
  await host.machine.powerOn("login");
  await host.status(/^ready$/, 180);
  await allManagersKnown();
}

describe("the health check", () => {
  const url = () => `http://${host.machine.address}:${HEALTH_CHECK.port}${HEALTH_CHECK.path}`;
  const probe = (from: string = PROBE) => host.cloud.probe(url(), from);
  // One that the timer began may have seen what was before.
  const look = () =>
    host.root("systemctl stop buildx-health-check.service; systemctl start buildx-health-check.service");

  it("is answered to Google's probes", async () => {
    await expect
      .poll(() => probe(), { timeout: 90_000, interval: 1_000 })
      .toEqual({ status: 200, body: "ok\n" });
    for (const address of addresses.healthChecks) expect((await probe(address)).status).toBe(200);
    expect(
      (await host.cloud.probe(`http://${host.machine.address}:${HEALTH_CHECK.port}/`, PROBE)).status,
    ).toBe(404);
  });

  it("is answered to nobody else: another machine, this network's neighbours, a job", async () => {
    expect((await probe(addresses.stranger)).status).toBe(0);
    await expect(fetch(url(), { signal: AbortSignal.timeout(3_000) })).rejects.toThrow();
    const container = `docker -H unix:///var/lib/buildx/open/docker.sock run --rm --network host --entrypoint sh ${JOB_IMAGE}`;
    const script = `wget -T 3 -qO- ${url()}; echo "exit $?"; wget -T 3 -qO- http://127.0.0.1:${HEALTH_CHECK.port}/; echo "exit $?"`;
    const job = await host.root(`cd / && runuser -u gitlab-runner -- ${container} -c "$(cat)"`, script);
    expect(job.stdout).toMatch(/^exit [1-9]\d*\nexit [1-9]\d*$/);
  });

  it("fails with what doctor finds, for as long as it finds it", async () => {
    await host.root("systemctl stop buildx-housekeeping@open.timer");
    await look();
    const answer = await probe();
    await host.root("systemctl start buildx-housekeeping@open.timer");
    expect(answer).toEqual({ status: 503, body: "failed open.housekeeping-timer\n" });
    await look();
    expect(await probe()).toEqual({ status: 200, body: "ok\n" });
  });

  it("fails when nobody has looked for a long time", async () => {
    await host.root("echo '-1000 ok' >/run/buildx-runners/health");
    expect(await probe()).toMatchObject({
      status: 503,
      body: expect.stringMatching(/^no health check has run for \d+ seconds/),
    });
    await look();
    expect((await probe()).status).toBe(200);
  });
});

describe("a running job", () => {
  it("ends before a machine that is to stop gracefully, which takes no other one and stops by itself", async () => {
    await runJob(10);
    await host.cloud.patch({ instance: { stopState: "PENDING_STOP" } });
    await host.status(/^draining$/, 15);
    await host.root(`echo true >${JOBS}/open.job`);
    expect(
      (
        await host.cloud.probe(
          `http://${host.machine.address}:${HEALTH_CHECK.port}${HEALTH_CHECK.path}`,
          PROBE,
        )
      ).status,
    ).toBe(200);
    await host.machine.waitUntilOff(60_000);
    expect(jobLog()).toBe("started\nended 0\n");
    expect(host.managers()).toEqual([]);
    expect(await host.cloud.guestAttribute("buildx-runners", "status")).toBe("drained");
    await bootAgain();
  });

  it("is aborted in time when Google takes the machine back", async () => {
    await expect.poll(jobLog).toMatch(/ended 0\nstarted\nended 0\n$/);
    await runJob(600);
    const noticed = Date.now();
    await host.cloud.patch({ instance: { preempted: true } });
    await host.status(/^drained$/, 30);
    expect(Date.now() - noticed).toBeLessThan(30_000);
    expect(jobLog()).toBe("started\naborted\n");
    expect(host.managers()).toEqual([]);
    await host.machine.cutPower();
    await bootAgain();
  });

  it("ends before an ordinary shutdown, and its daemon after it", async () => {
    await runJob(10);
    await host.root("systemctl --no-block poweroff");
    // At once: unattended-upgrades would have every shutdown wait for half a minute.
    await host.status(/^draining$/, 12);
    await host.machine.waitUntilOff(90_000);
    expect(jobLog()).toBe("started\nended 0\n");
    expect(host.managers()).toEqual([]);
    expect(await host.cloud.guestAttribute("buildx-runners", "status")).toBe("drained");
  });
});
