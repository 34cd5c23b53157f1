import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { configToml } from "../../../runner/host/config-toml.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import type { AutoscalerSettings, HostSettings } from "../../../runner/host/settings.ts";
import { CERTIFICATE, exampleSettings } from "./settings.ts";

const PLUGIN = {
  version: "v1.2.0",
  url: "https://downloads.example.com/plugin/",
  sha256: { amd64: "a".repeat(64) },
};

const autoscaler = (changes: Partial<AutoscalerSettings> = {}): AutoscalerSettings => ({
  plugin: PLUGIN,
  project: "acme-ci",
  zone: "europe-west1-b",
  groups: { open: "burst-open-1a2b3c4", protected: "burst-protected-1a2b3c4" },
  maxInstances: 10,
  capacityPerInstance: 2,
  maxUseCount: 3,
  idle: [],
  ...changes,
});

const managerSettings = (
  changes: Partial<AutoscalerSettings> = {},
  others: Partial<HostSettings> = {},
): HostSettings =>
  exampleSettings({
    role: "manager",
    fleet: "burst",
    runners: [
      { name: "dev/burst/open", level: "open", class: "socket" },
      { name: "dev/burst/protected", level: "protected", class: "socket" },
    ],
    autoscaler: autoscaler(changes),
    ...others,
  });

const workerSettings = (level: "open" | "protected"): HostSettings =>
  exampleSettings({ role: "worker", fleet: "burst", levels: [level], runners: [] });

type Table = Record<string, unknown>;
interface Document extends Table {
  runners: (Table & { docker: Table; autoscaler: Table & { policy: Table[] }; feature_flags: Table })[];
}
const documentOf = (settings: HostSettings, level: "open" | "protected" = "open") => {
  const document = parse(configToml(settings, level)) as Document;
  const [runner, ...others] = document.runners;
  if (!runner || others.length > 0) throw new Error("not one runner");
  return { document, runner };
};

/**
 * Keys that gitlab-runner reads below `[runners.autoscaler]`, from its own structures in common/config.go of the releases
 * 17.11 and 19.4; those of the plugin from the page on the executor. They are what is documented.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscaler-section
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  autoscaler: [
    ...["capacity_per_instance", "max_use_count", "max_instances", "plugin", "plugin_config"],
    ...[
      "connector_config",
      "policy",
      "instance_ready_command",
      "instance_acquire_timeout",
      "update_interval",
    ],
    ...["update_interval_when_expecting", "scale_throttle", "delete_instances_on_shutdown", "vm_isolation"],
    ...["state_storage", "log_internal_ip", "log_external_ip"],
  ],
  connector_config: [
    ...["os", "arch", "protocol", "protocol_port", "username", "password", "key_path"],
    ...["use_static_credentials", "keepalive", "timeout", "use_external_addr"],
  ],
  policy: ["periods", "timezone", "idle_count", "idle_time", "scale_factor", "scale_factor_limit"],
  state_storage: ["enabled", "dir", "keep_instance_with_acquisitions"],
  plugin_config: ["name", "project", "zone", "credentials_file"],
};

describe("a manager's config.toml", () => {
  it("has one entry for the level, whose jobs run on a worker and get its socket", () => {
    const { runner } = documentOf(managerSettings({}, { caCertificates: [CERTIFICATE] }), "protected");
    const bundle = "/etc/ssl/certs/ca-certificates.crt";
    expect(runner).toMatchObject({
      name: "dev/burst/protected",
      token: "@socket@",
      executor: "docker-autoscaler",
      "tls-ca-file": bundle,
      docker: {
        host: "unix:///var/lib/buildx/protected/docker.sock",
        privileged: false,
        services_privileged: false,
        volumes: ["/var/lib/buildx/protected/docker.sock:/var/run/docker.sock", `${bundle}:${bundle}:ro`],
      },
      feature_flags: {
        FF_NETWORK_PER_BUILD: true,
        FF_GIT_URLS_WITHOUT_TOKENS: true,
        FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO: false,
      },
    });
  });

  it("says all that the plugin and its connection need, and leaves keys to be made for each worker", () => {
    const { policy: _, ...rest } = documentOf(managerSettings()).runner.autoscaler;
    expect(rest).toEqual({
      plugin: "fleeting-plugin-googlecloud",
      capacity_per_instance: 2,
      max_use_count: 3,
      max_instances: 10,
      instance_ready_command: "/usr/local/lib/buildx-runners/ready.sh",
      state_storage: { enabled: true, dir: "/var/lib/gitlab-runner/open" },
      plugin_config: { name: "burst-open-1a2b3c4", project: "acme-ci", zone: "europe-west1-b" },
      connector_config: {
        os: "linux",
        protocol: "ssh",
        username: "buildx-open",
        use_static_credentials: false,
        use_external_addr: false,
        timeout: "15m0s",
      },
    });
  });

  it("takes as many jobs as its workers can run, and asks for no more of them at once than is of use", () => {
    const small = documentOf(managerSettings({ maxInstances: 3, capacityPerInstance: 2 }));
    expect([small.document.concurrent, small.runner.request_concurrency]).toEqual([6, 6]);
    const large = documentOf(managerSettings({ maxInstances: 1000, capacityPerInstance: 64 }));
    expect([large.document.concurrent, large.runner.request_concurrency]).toEqual([64_000, 64]);
  });

  it("keeps the policies in their order, since the last one that holds counts, after one that always does", () => {
    const idle = [
      { periods: ["* 8-17 * * 1-5"], timeZone: "Europe/Berlin", count: 2, time: 1200 },
      { periods: ["* 9-11 * * 1-5", "* 14 * * 5"], timeZone: "UTC", count: 8, time: 60 },
    ];
    expect(documentOf(managerSettings({ idle })).runner.autoscaler.policy).toEqual([
      { periods: ["* * * * *"], timezone: "UTC", idle_count: 0, idle_time: "300s" },
      { periods: ["* 8-17 * * 1-5"], timezone: "Europe/Berlin", idle_count: 2, idle_time: "1200s" },
      { periods: ["* 9-11 * * 1-5", "* 14 * * 5"], timezone: "UTC", idle_count: 8, idle_time: "60s" },
    ]);
  });

  it("has no key that gitlab-runner does not know", () => {
    const idle = [{ periods: ["* * * * *"], timeZone: "UTC", count: 1, time: 1 }];
    const table = documentOf(managerSettings({ idle })).runner.autoscaler;
    const unknown = Object.entries(KNOWN).flatMap(([name, known]) => {
      const found = name === "autoscaler" ? table : table[name];
      return [found].flat().flatMap((one) => Object.keys(one as Table).filter((key) => !known.includes(key)));
    });
    expect(unknown).toEqual([]);
  });

  it("keeps the token's mark on a line of its own, and reads back as written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (group, project) => {
        const settings = managerSettings({ groups: { open: group, protected: group }, project });
        const { runner } = documentOf(settings);
        expect(runner.autoscaler.plugin_config).toEqual({ name: group, project, zone: "europe-west1-b" });
        expect(configToml(settings, "open").match(/^token = "@socket@"$/gm)).toHaveLength(1);
      }),
    );
  });

  it("is refused where the program forgot the autoscaler or a group", () => {
    const { autoscaler: _, ...without } = managerSettings();
    expect(() => configToml(without, "open")).toThrow("role manager have no autoscaler");
    expect(() => configToml(managerSettings({ groups: { open: "a" } }), "protected")).toThrow(
      "level protected has no group",
    );
  });
});

describe("the files of a role", () => {
  const paths = (settings: HostSettings) => hostFiles(settings).map(({ path }) => path);
  const contentOf = (settings: HostSettings, path: string) =>
    hostFiles(settings).find((file) => file.path === path)?.content ?? "";
  const LIBRARY = "/usr/local/lib/buildx-runners";

  it("make a worker without anything of a runner", () => {
    const worker = paths(workerSettings("open"));
    expect(
      worker.filter((path) => /config\.toml|\/register\.sh|gitlab-runner|write-private|pinned/.test(path)),
    ).toEqual([]);
    expect(worker).toEqual(
      expect.arrayContaining([
        "/etc/ssh/sshd_config.d/10-buildx-runners.conf",
        "/etc/default/instance_configs.cfg.template",
        `${LIBRARY}/authorized-keys.sh`,
        `${LIBRARY}/ready.sh`,
        `${LIBRARY}/open/daemon.json`,
        "/etc/systemd/user/buildx-docker.service",
        "/etc/systemd/system/buildx-guard.service",
      ]),
    );
    expect(worker.filter((path) => path.includes("/protected/"))).toEqual([]);
    expect(contentOf(workerSettings("protected"), `${LIBRARY}/settings.env`)).toContain("LEVELS='protected'");
  });

  it("make a manager without anything that runs a job", () => {
    const manager = paths(managerSettings());
    expect(
      manager.filter((path) => /docker|builder@|buildkitd|daemon|guard|housekeeping@|sshd/.test(path)),
    ).toEqual([`${LIBRARY}/await-daemon.sh`]);
    expect(manager).toEqual(
      expect.arrayContaining([
        "/etc/systemd/system/gitlab-runner@.service",
        "/etc/systemd/system/gitlab-runner@.service.d/autoscaler.conf",
        `${LIBRARY}/doctor/autoscaler.sh`,
        `${LIBRARY}/open/config.toml`,
        `${LIBRARY}/protected/config.toml`,
        `${LIBRARY}/register.sh`,
      ]),
    );
  });

  it("give a host none of theirs", () => {
    const host = paths(exampleSettings());
    for (const path of [
      `${LIBRARY}/setup/ssh.sh`,
      `${LIBRARY}/ready.sh`,
      `${LIBRARY}/doctor/autoscaler.sh`,
      "/etc/ssh/sshd_config.d/10-buildx-runners.conf",
      "/etc/systemd/system/gitlab-runner@.service.d/autoscaler.conf",
    ])
      expect(host).not.toContain(path);
    expect(contentOf(exampleSettings(), `${LIBRARY}/settings.env`)).not.toContain("PLUGIN_");
  });

  it("pin the manager's plugin, or leave it out", () => {
    const settings = contentOf(managerSettings(), `${LIBRARY}/settings.env`);
    expect(settings).toContain(
      "PLUGIN_VERSION='v1.2.0'\nPLUGIN_URL='https://downloads.example.com/plugin'\n",
    );
    expect(settings).toContain(`PLUGIN_SHA256_AMD64='${"a".repeat(64)}'\nPLUGIN_SHA256_ARM64=''\n`);
    const without = contentOf(managerSettings({ plugin: "none" }), `${LIBRARY}/settings.env`);
    expect(without).toContain("PLUGIN_VERSION=''\n");
  });

  it("are the same for the same settings, each path once, commands executable", () => {
    for (const settings of [managerSettings(), workerSettings("open")]) {
      const files = hostFiles(settings);
      expect(files).toEqual(hostFiles(structuredClone(settings)));
      expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
      for (const { path, mode, content } of files)
        if (mode === "0755") expect(content, path).toMatch(/^#!\/bin\/bash\n/);
      expect(contentOf(settings, `${LIBRARY}/settings.env`)).toContain(`ROLE='${settings.role}'`);
    }
  });
});
