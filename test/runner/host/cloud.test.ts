import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LONGEST_SHUTDOWN } from "../../../runner/fleets/gcp/machine.ts";
import { setupScript } from "../../../runner/host/archive.ts";
import {
  ATTRIBUTES,
  cloudFiles,
  HEALTH_CHECK,
  LARGEST_ATTRIBUTE,
  STARTUP_SCRIPT,
  STATUS_ATTRIBUTE,
} from "../../../runner/host/cloud.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import type { CloudSettings, HostSettings } from "../../../runner/host/settings.ts";
import { shellcheck } from "../../tools/shellcheck.ts";
import { CERTIFICATE, exampleSettings } from "./settings.ts";

const GOOGLE: CloudSettings = { provider: "google", shutdownSeconds: 3600, healthCheck: true };
const pathsOf = (settings: HostSettings) => hostFiles(settings).map(({ path }) => path);
const contentOf = (settings: HostSettings, path: string) =>
  hostFiles(settings).find((file) => file.path === path)?.content ?? "";
const LIBRARY = "/usr/local/lib/buildx-runners";

describe("the files of a machine of the cloud", () => {
  it("come on top of a host's, which are the same over SSH", () => {
    const overSsh = pathsOf(exampleSettings());
    const onGoogle = pathsOf(exampleSettings({ cloud: GOOGLE }));
    expect(onGoogle.filter((path) => !overSsh.includes(path))).toEqual([
      "/etc/systemd/logind.conf.d/zz-buildx-runners.conf",
      "/etc/systemd/system/buildx-disks.service",
      "/etc/systemd/system/buildx-drain.service",
      "/etc/systemd/system/buildx-health-check.service",
      "/etc/systemd/system/buildx-health-check.timer",
      "/etc/systemd/system/buildx-health.socket",
      "/etc/systemd/system/buildx-health@.service",
      "/etc/systemd/system/buildx-sync.service",
      `${LIBRARY}/cloud/answer.sh`,
      `${LIBRARY}/cloud/apply.sh`,
      `${LIBRARY}/cloud/disks.sh`,
      `${LIBRARY}/cloud/drain.sh`,
      `${LIBRARY}/cloud/health.sh`,
      `${LIBRARY}/cloud/metadata.sh`,
      `${LIBRARY}/cloud/secret.sh`,
      `${LIBRARY}/cloud/sync.sh`,
      `${LIBRARY}/cloud/unregister.sh`,
      `${LIBRARY}/doctor/cloud.sh`,
      `${LIBRARY}/setup/cloud.sh`,
    ]);
    expect(overSsh.filter((path) => !onGoogle.includes(path))).toEqual([]);
    expect(cloudFiles(exampleSettings())).toEqual([]);
  });

  it("are executable exactly where they name an interpreter", () => {
    for (const { path, mode, content } of cloudFiles(exampleSettings({ cloud: GOOGLE }))) {
      expect([path, mode]).toEqual([path, content.startsWith("#!") ? "0755" : "0644"]);
    }
  });

  it("find their settings with those of the host, and nowhere else", () => {
    const path = `${LIBRARY}/settings.env`;
    const cloud = { ...GOOGLE, shutdownSeconds: 30, healthCheck: false };
    const text = contentOf(exampleSettings({ cloud }), path);
    // Such a machine belongs to its group, whatever stack it was made by.
    const host = contentOf(exampleSettings(), path).replace("OWNER='dev/linux'", "OWNER=''");
    expect(text).toBe(`${host}SHUTDOWN_SECONDS='30'\nHEALTH_CHECK='no'\n`);
  });

  it("fit into one metadata value, with room for the certificates of a company", () => {
    const settings = exampleSettings({ cloud: GOOGLE, caCertificates: [CERTIFICATE.padEnd(8000, "x")] });
    expect(Buffer.byteLength(setupScript(hostFiles(settings)))).toBeLessThan(LARGEST_ATTRIBUTE * 0.75);
  });
});

describe("the startup script", () => {
  it("is one text that needs no other file", () => {
    expect(STARTUP_SCRIPT.startsWith("#!/bin/bash\n")).toBe(true);
    expect(STARTUP_SCRIPT).not.toMatch(/^\s*(\.|source) /m);
    expect(shellcheck(STARTUP_SCRIPT, "bash")).toBe("");
  });

  it("asks for the attributes by the names that the stack gives them", () => {
    expect(STARTUP_SCRIPT).toContain(`instance/attributes/${ATTRIBUTES.setup} `);
    expect(STARTUP_SCRIPT).toContain(`instance/guest-attributes/${STATUS_ATTRIBUTE} `);
    expect(contentOf(exampleSettings({ cloud: GOOGLE }), `${LIBRARY}/cloud/sync.sh`)).toContain(
      `instance/attributes/${ATTRIBUTES.secret} `,
    );
  });
});

/** Runs a function of the cloud's scripts, on a computer that is no cloud's machine. */
function sourced(script: string, command: string, input = "") {
  const directory = new URL("../../../runner/host/cloud/", import.meta.url).pathname;
  const text = `set -euo pipefail\n. ${directory}metadata.sh\n. ${directory}${script}\n${command}`;
  return spawnSync("bash", ["-c", text], { input, encoding: "utf8" });
}

describe("what a machine says of a failure", () => {
  it("is the last complaint of set-up, in one line", () => {
    const log =
      "changed    x\nbuildx-runners: first\n  where:      a\n  what to do: b\nchanged    y\n" +
      "buildx-runners: apt-get install failed\n  where:      /var/lib/buildx-runners/apt.log\n  what to do: mend it\n";
    expect(sourced("apply.sh", "last_complaint /dev/stdin", log).stdout).toBe(
      "apt-get install failed; where: /var/lib/buildx-runners/apt.log; what to do: mend it\n",
    );
    expect(sourced("apply.sh", "last_complaint /dev/stdin", "one\nbash: two: not found\n").stdout).toBe(
      "bash: two: not found\n",
    );
  });

  it.each([
    ["403", /403 for v .*secretmanager.secretAccessor/],
    ["404", /404 for v .*run pulumi up/],
    ["400", /400 for v .*disabled or destroyed/],
    ["401", /scope cloud-platform/],
    ["503", /the machine tries again/],
  ])("says what to do when Secret Manager answers %s", (code, sentence) => {
    expect(sourced("secret.sh", `explain_refusal ${code} v ''`).stdout).toMatch(sentence);
  });

  it("is repeated at growing intervals, up to five minutes", () => {
    const command =
      'pause=5; for i in 1 2 3 4 5 6 7 8; do pause=$(longer_than "$pause"); echo "$pause"; done';
    expect(sourced("apply.sh", command).stdout.trim().split("\n")).toEqual([
      "10",
      "20",
      "40",
      "80",
      "160",
      "300",
      "300",
      "300",
    ]);
  });
});

describe("the health check's answer", () => {
  const script = readFileSync(new URL("../../../runner/host/cloud/answer.sh", import.meta.url), "utf8");
  let run: string;
  beforeEach(() => {
    run = mkdtempSync(join(tmpdir(), "buildx-health-"));
  });
  afterEach(() => rmSync(run, { recursive: true }));

  const uptime = () => Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]));
  const note = (age: number, outcome: string) =>
    writeFileSync(join(run, "health"), `${uptime() - age} ${outcome}\n`);
  /** What a prober reads: its status line and the body. */
  function ask(request = `GET ${HEALTH_CHECK.path} HTTP/1.1\r\nHost: x\r\nUser-Agent: GoogleHC/1.0\r\n\r\n`) {
    const text = script.replace("RUN=/run/buildx-runners", `RUN=${run}`);
    const { stdout, stderr } = spawnSync("bash", ["-c", text], { input: request, encoding: "utf8" });
    expect(stderr).toBe("");
    const [head = "", body = ""] = stdout.split("\r\n\r\n");
    expect(head).toContain(`\r\nContent-Length: ${body.length}\r\n`);
    return `${head.split("\r\n")[0]} ${body.trim()}`;
  }

  it("is good where the last look found nothing wrong", () => {
    note(60, "ok");
    expect(ask()).toBe("HTTP/1.1 200 OK ok");
  });

  it("says what is wrong", () => {
    note(60, "failed open.daemon open.builder");
    expect(ask()).toBe("HTTP/1.1 503 Service Unavailable failed open.daemon open.builder");
  });

  it("is bad without a check, or without one for a long time", () => {
    expect(ask()).toMatch(/^HTTP\/1.1 503 .* since this machine booted$/);
    note(1000, "ok");
    expect(ask()).toMatch(/^HTTP\/1.1 503 .* for 100[0-9] seconds$/);
  });

  it("is healthy while the machine drains, even if its services have ended", () => {
    note(1000, "failed open.manager");
    writeFileSync(join(run, "draining"), "");
    expect(ask()).toBe("HTTP/1.1 200 OK draining");
  });

  it("answers nothing else", () => {
    note(60, "ok");
    expect(ask("GET / HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1.1 404 /);
    expect(ask(`POST ${HEALTH_CHECK.path} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 405 /);
    expect(ask("nonsense\n")).toMatch(/^HTTP\/1.1 405 /);
    expect(ask("")).toMatch(/^HTTP\/1.1 405 /);
  });

  it("is where the group's health check asks, and for whom", () => {
    const settings = exampleSettings({ cloud: GOOGLE });
    expect(contentOf(settings, "/etc/systemd/system/buildx-health.socket")).toContain(
      `\nListenStream=${HEALTH_CHECK.port}\n`,
    );
    expect(script).toContain(`[[ $path == ${HEALTH_CHECK.path} ]]`);
    expect(contentOf(settings, `${LIBRARY}/cloud/health.sh`)).toContain(
      `ip saddr { ${HEALTH_CHECK.ranges.join(", ")} } accept\n    tcp dport ${HEALTH_CHECK.port} drop`,
    );
  });
});

describe("the unit that drains", () => {
  const text = contentOf(exampleSettings({ cloud: GOOGLE }), "/etc/systemd/system/buildx-drain.service");

  it("is stopped before every level's manager, while the network is still there", () => {
    const after = /^After=(.*)$/m.exec(text)?.[1]?.split(" ");
    for (const level of exampleSettings().levels) expect(after).toContain(`gitlab-runner@${level}.service`);
    expect(after).toContain("network-online.target");
  });

  it("may take as long as the longest graceful shutdown", () => {
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(LONGEST_SHUTDOWN);
  });
});
