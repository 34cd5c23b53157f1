/**
 * The start-up script, as the instance template carries it, makes a host of a stock machine against everything that
 * goes wrong on the way; and the host stays as its metadata and its secret say. One machine, in the order of its life.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { instanceOf } from "../../../lab/machine/instance.ts";
import { run } from "../../../lab/run.ts";
import { ATTRIBUTES } from "../../../runner/host/cloud.ts";
import { JOB_IMAGE } from "../host/support.ts";
import { ACCOUNT, type CloudHost, SECRET, secretVersion, startCloudHost } from "./cloud-host.ts";
import { outageOf } from "./services.ts";

const CONFIGURATIONS = ["/etc/gitlab-runner/open/config.toml", "/etc/gitlab-runner/protected/config.toml"];
/** What the metadata server gives; nothing but a request's header may hold it. */
const ACCESS_TOKEN = "the-machines-own-identity";

let host: CloudHost;
let first: { readonly tokens: readonly string[]; readonly payload: string };

/** Nothing outside this computer answers the machine, or everything does again. */
async function outage(begins: boolean): Promise<void> {
  const { name } = instanceOf();
  const input = begins ? outageOf() : "delete table inet outage";
  await run("ip", ["netns", "exec", name, "nft", "--file", "-"], { input });
}

beforeAll(async () => {
  host = await startCloudHost({
    state: async (services) => {
      first = await services.newTokens();
      return {
        attributes: { [ATTRIBUTES.secret]: `${SECRET}/versions/1` },
        secrets: { [SECRET]: { accessors: [], versions: {} } },
        faults: [
          { service: "metadata", match: "buildx-runners-setup", status: 503, times: 2 },
          { service: "metadata", delay: 1_500, times: 8 },
        ],
      };
    },
    beforeBoot: () => outage(true),
  });
});
afterAll(() => host?.stop());

// What comes after in a life that went wrong says nothing.
let failed = false;
beforeEach(({ skip }) => skip(failed, "an earlier step failed"));
afterEach(({ task }) => {
  failed ||= task.result?.state === "fail";
});

const root = async (command: string) => (await host.root(command)).stdout.trim();
const console = () => readFileSync(host.machine.logPath, "utf8");

describe("a first boot", () => {
  it("says that the package mirror is away, and what to do, through a metadata server that is slow", async () => {
    const status = await host.status(/^failed/, 90);
    expect(status).toMatch(/apt-get (update|install) failed.*what to do: .*trying again in \d+ seconds/);
    expect(console()).toContain(`buildx-runners: ${status.slice(0, 40)}`);
  });

  it("goes on by itself when the mirror is back, and after a power cut in the middle of its packages", async () => {
    await outage(false);
    await expect.poll(() => root("pgrep -x dpkg"), { timeout: 120_000, interval: 200 }).not.toBe("");
    await sleep(2_000);
    await host.machine.cutPower();
    await host.machine.powerOn("login");
    expect(await root("dpkg --audit | head -1; ls /var/lib/buildx-runners/cloud/applied")).not.toContain(
      "applied",
    );
    await host.status(/^failed.*Secret Manager answers 403/, 400);
  });

  it("names the role that is missing, and then the version that is", async () => {
    const denied = await host.status(/^failed/, 1);
    expect(denied).toContain("roles/secretmanager.secretAccessor");
    await host.cloud.patch({ secrets: { [SECRET]: { accessors: [ACCOUNT] } } });
    const missing = await host.status(/^failed.*404/, 60);
    expect(missing).toMatch(/versions\/1 .*not found.*pulumi up/);
  });

  it("is ready once the secret is there, and doctor finds nothing wrong", async () => {
    await host.cloud.patch(secretVersion(1, first.payload));
    await host.status(/^ready$/, 60);
    // Limits are this computer's affair: where it has no unified cgroups, they cannot be enforced in any machine of it.
    const complaints = await host.complaints();
    expect(
      complaints.filter((line) => !/^warn \w+\.limits: this computer does not offer/.test(line)),
    ).toEqual([]);
  });
});

describe("the tokens", () => {
  it("are in the managers' files, each its own", async () => {
    for (const [index, file] of CONFIGURATIONS.entries()) {
      const text = await root(`cat ${file}`);
      for (const [place, token] of first.tokens.entries()) {
        expect([token, text.includes(`"${token}"`)]).toEqual([token, Math.floor(place / 2) === index]);
      }
    }
  });

  it("and the machine's own are nowhere else", async () => {
    const secrets = [
      ...first.tokens,
      ACCESS_TOKEN,
      Buffer.from(first.payload).toString("base64").slice(0, 40),
    ];
    const pattern = secrets.join("\\|");
    const files = await host.root(
      `grep -rlsa --exclude-dir=containers -e "$(cat)" /etc /opt /root /home /run /srv /tmp /usr/local /var --exclude-dir=docker | sort`,
      pattern,
    );
    // The journal's own files keep what processes print; it is read apart, since it may be compressed.
    expect(files.stdout.split("\n")).toEqual(CONFIGURATIONS);
    const journal = await host.root(
      `p=$(cat); journalctl --no-pager --output=export --all | grep -ca -e "$p"`,
      pattern,
    );
    expect(journal.stdout.trim()).toBe("0");
    const processes = await host.root(
      `cat >/dev/shm/p; grep -lsaf /dev/shm/p /proc/[0-9]*/cmdline /proc/[0-9]*/environ; rm /dev/shm/p`,
      secrets.join("\n"),
    );
    expect(processes.stdout).toBe("");
    const { attributes, projectAttributes, guestAttributes } = await host.cloud.state();
    const told = JSON.stringify([attributes, projectAttributes, guestAttributes]) + console();
    for (const secret of secrets) expect(told).not.toContain(secret);
  });
});

describe("the metadata server", () => {
  const url = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token";
  it("answers root, and no job", async () => {
    expect(await root(`curl -s -m 5 -H 'Metadata-Flavor: Google' ${url}`)).toContain(ACCESS_TOKEN);
    for (const options of ["", "--network host", "--privileged --pid=host --network host"]) {
      const container = `docker -H unix:///var/lib/buildx/open/docker.sock run --rm ${options} --entrypoint sh ${JOB_IMAGE}`;
      const script = `wget -T 5 -qO- --header 'Metadata-Flavor: Google' ${url}; echo "exit $?"`;
      const { stdout } = await host.root(
        `cd / && runuser -u gitlab-runner -- ${container} -c "$(cat)"`,
        script,
      );
      expect(stdout).toMatch(/^exit [1-9]/);
    }
  });
});

describe("a machine that runs", () => {
  /** All that a needless change would touch: files, units, daemons, builders. */
  const footprint = () =>
    root(
      "cd /usr/local/lib/buildx-runners && find . /etc/gitlab-runner /etc/systemd/system /var/lib/buildx-runners/marks -type f -printf '%p %T@ %i\\n' | sort; for level in open protected; do docker -H unix:///var/lib/buildx/$level/docker.sock inspect -f '{{.Id}}' buildx_buildkit_buildx-runners0; done",
    );
  const processes = () =>
    root(
      "systemctl show -P MainPID gitlab-runner@open gitlab-runner@protected; cat /proc/sys/kernel/random/boot_id",
    );

  it("is the same after another boot", async () => {
    const before = await footprint();
    await host.machine.reboot("finished");
    await host.status(/^ready$/, 60);
    expect(await footprint()).toBe(before);
    expect(await root("journalctl --boot --no-pager -u google-startup-scripts -u buildx-sync")).not.toContain(
      "changed ",
    );
  });

  it("takes a replaced token without a restart of anything, and shows it to nobody", async () => {
    const before = await processes();
    const second = await host.newTokens();
    // Arguments are looked at while it happens: afterwards they are gone.
    const watching = host.root(
      "for _ in $(seq 400); do cat /proc/[0-9]*/cmdline; sleep 0.02; done 2>/dev/null | tr '\\0' ' '",
    );
    await sleep(500);
    // Slow enough for whoever asks to be seen in the list of processes.
    const faults = [{ service: "secretmanager", delay: 1_000, times: 1 }] as const;
    await host.cloud.patch({ ...secretVersion(2, second.payload), faults });
    const present = () => root(`cat ${CONFIGURATIONS.join(" ")}`);
    await expect.poll(present, { timeout: 30_000 }).toContain(second.tokens[3]);
    const text = await present();
    for (const token of second.tokens) expect(text).toContain(`"${token}"`);
    for (const token of first.tokens) expect(text).not.toContain(token);
    const { stdout } = await watching;
    // Megabytes, that nobody wants to read in a report.
    const has = (text: string) => stdout.includes(text);
    expect(has("secretmanager.googleapis.com")).toBe(true);
    expect([...second.tokens, ACCESS_TOKEN].filter(has)).toEqual([]);
    expect(await processes()).toBe(before);
    expect(await host.status(/^ready$/, 30)).toBe("ready");
  });

  it("applies a changed set-up in place", async () => {
    const before = await processes();
    await host.cloud.patch({ attributes: { [ATTRIBUTES.setup]: host.setup({ concurrency: 7 }) } });
    const present = () => root(`grep -h concurrent ${CONFIGURATIONS.join(" ")}`);
    await expect.poll(present, { timeout: 60_000 }).toBe("concurrent = 7\nconcurrent = 7");
    await host.status(/^ready$/, 30);
    expect(await processes()).toBe(before);
  });

  it("wrote its status no more often than Google takes it", async () => {
    const puts = (await host.cloud.requests()).filter(({ method }) => method === "PUT").map(({ at }) => at);
    const within = (span: number) =>
      Math.max(...puts.map((start) => puts.filter((at) => at >= start && at < start + span).length));
    expect(within(60_000)).toBeLessThanOrEqual(10);
    expect(within(1_000)).toBeLessThanOrEqual(3);
  });
});
