/** A manager of an autoscaler, on a machine with a metadata server and Google's guest agent. */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { instanceOf } from "../../../lab/machine/instance.ts";
import { ATTRIBUTES } from "../../../runner/host/cloud.ts";
import type { AutoscalerSettings } from "../../../runner/host/settings.ts";
import { type CloudHost, secretVersion, startCloudHost } from "./cloud-host.ts";

describe("a manager", () => {
  const plugin = Buffer.from("#!/bin/sh\nexit 0\n");
  const runners = (["open", "protected"] as const).map((level) => ({
    name: `dev/burst/${level}`,
    level,
    class: "socket" as const,
  }));
  const autoscaler = (changes: Partial<AutoscalerSettings> = {}): AutoscalerSettings => ({
    plugin: "none",
    project: "acme-ci",
    zone: "europe-west1-b",
    groups: { open: "burst-open-1a2b3c4", protected: "burst-protected-1a2b3c4" },
    maxInstances: 5,
    capacityPerInstance: 2,
    maxUseCount: 1,
    idle: [{ periods: ["* 8-17 * * 1-5"], timeZone: "Europe/Berlin", count: 2, time: 1200 }],
    ...changes,
  });
  let manager: CloudHost;
  let tokens: readonly string[];
  let downloads: Server;
  let pinned: AutoscalerSettings["plugin"];

  beforeAll(async () => {
    const { bridgeAddress } = instanceOf();
    downloads = createServer((_request, response) => response.end(plugin));
    const sha256 = createHash("sha256").update(plugin).digest("hex");
    pinned = {
      version: "v1.0.0",
      url: `http://${bridgeAddress}:5081`,
      sha256: { amd64: sha256, arm64: sha256 },
    };
    manager = await startCloudHost({
      settings: { role: "manager", runners, autoscaler: autoscaler({ plugin: pinned }) },
      state: async (services) => {
        await new Promise<void>((resolve) => downloads.listen(5081, bridgeAddress, resolve));
        const made = await services.newTokens();
        tokens = made.tokens;
        return secretVersion(1, made.payload);
      },
    });
    await manager.status(/^ready$/, 120);
  });

  afterAll(async () => {
    downloads.close();
    await manager?.stop();
  });

  it("turns itself into one, and its doctor finds nothing wrong", async () => {
    const complaints = await manager.complaints();
    expect(complaints.filter((line) => line.startsWith("fail"))).toEqual([]);
    const binary = await manager.root("cat /usr/local/lib/buildx-runners/bin/fleeting-plugin-googlecloud");
    expect(`${binary.stdout}\n`).toBe(plugin.toString());
  });

  it("has each level's configuration in place, for the runner's account alone", async () => {
    for (const { level } of runners) {
      const file = `/etc/gitlab-runner/${level}/config.toml`;
      const found = await manager.root(`stat -c '%a %U' ${file}; cat ${file}`);
      expect(found.stdout).toMatch(/^600 gitlab-runner\n/);
      expect(found.stdout).toContain('executor = "docker-autoscaler"');
      expect(found.stdout).toContain(`name = "burst-${level}-1a2b3c4"`);
      expect(found.stdout).toMatch(/^token = "glrt-/m);
    }
  });

  it("has the tokens there and nowhere else", async () => {
    expect(tokens).toHaveLength(2);
    const where = "/etc /home /opt /root /run /srv /tmp /usr/local /var";
    const found = await manager.root(
      `grep --recursive --files-with-matches --no-messages -F -f - ${where} | sort`,
      `${tokens.join("\n")}\n`,
    );
    expect(found.stdout.split("\n")).toEqual(
      runners.map(({ level }) => `/etc/gitlab-runner/${level}/config.toml`),
    );
    const running = await manager.root("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'");
    for (const token of tokens) expect(running.stdout.includes(token)).toBe(false);
  });

  it("has no container engine and no account for jobs, and its runners run with the plugin at hand", async () => {
    expect(
      (await manager.root("command -v docker dockerd containerd; getent passwd buildx-open buildx-protected"))
        .stdout,
    ).toBe("");
    for (const { level } of runners) {
      const { stdout } = await manager.root(
        `pid=$(systemctl show --property=MainPID --value gitlab-runner@${level}.service); ps -o user= -p "$pid"; tr '\\0' '\\n' </proc/$pid/environ | grep ^PATH=`,
      );
      expect(stdout).toMatch(/^gitlab-runner\s+PATH=\/usr\/local\/lib\/buildx-runners\/bin:/);
    }
  });

  it("goes on with other policies, and starts again only for what its runner reads at a start", async () => {
    const pids = async () =>
      (
        await manager.root(
          "systemctl show --property=MainPID --value gitlab-runner@open.service gitlab-runner@protected.service",
        )
      ).stdout;
    const apply = async (changes: Partial<AutoscalerSettings>) => {
      const { cloud } = manager;
      await cloud.patch({
        attributes: {
          [ATTRIBUTES.setup]: manager.setup({ autoscaler: autoscaler({ plugin: pinned, ...changes }) }),
        },
      });
    };
    const configured = (text: string) =>
      vi.waitUntil(
        async () =>
          (await manager.root(`grep -c '${text}' /etc/gitlab-runner/open/config.toml`)).stdout.trim() !== "0",
        { timeout: 60_000, interval: 500 },
      );
    const before = await pids();
    await apply({ idle: [] });
    await vi.waitUntil(
      async () =>
        (await manager.root("grep -c Berlin /etc/gitlab-runner/open/config.toml")).stdout.trim() === "0",
      { timeout: 60_000, interval: 500 },
    );
    await sleep(1500);
    expect(await pids()).toBe(before);
    await apply({ idle: [], maxInstances: 7 });
    await configured("max_instances = 7");
    await vi.waitUntil(async () => (await pids()) !== before, { timeout: 30_000, interval: 500 });
  });

  it("keeps nothing when it is torn down, tokens least of all", async () => {
    const gone = await manager.tearDown();
    expect([gone.exitCode, gone.stderr]).toEqual([0, ""]);
    const left = await manager.root(
      "getent passwd gitlab-runner; ls -d /etc/gitlab-runner /var/lib/gitlab-runner /usr/local/lib/buildx-runners /var/lib/buildx-runners /etc/systemd/system/gitlab-runner*",
    );
    expect(left.stdout).toBe("");
    const found = await manager.root(
      "grep --recursive --files-with-matches --no-messages -F -f - /etc /run /var /usr/local",
      `${tokens.join("\n")}\n`,
    );
    expect(found.stdout).toBe("");
  });
});
