import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { setupScript } from "../../../runner/host/archive.ts";
import {
  ATTRIBUTES,
  cloudFiles,
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
      "/etc/systemd/system/buildx-drain.service",
      "/etc/systemd/system/buildx-sync.service",
      `${LIBRARY}/cloud/apply.sh`,
      `${LIBRARY}/cloud/drain.sh`,
      `${LIBRARY}/cloud/metadata.sh`,
      `${LIBRARY}/cloud/secret.sh`,
      `${LIBRARY}/cloud/steps.sh`,
      `${LIBRARY}/cloud/sync.sh`,
      `${LIBRARY}/cloud/unregister.sh`,
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
    expect(text).toBe(`${contentOf(exampleSettings(), path)}SHUTDOWN_SECONDS='30'\nHEALTH_CHECK='no'\n`);
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

  it("does nothing on a machine that is set up already", () => {
    const run = spawnSync(
      "bash",
      ["-c", `${STARTUP_SCRIPT.replace(/\nmain\n$/, "\n")}\nAPPLIED=/etc/passwd\nmain`],
      {
        encoding: "utf8",
      },
    );
    expect(run.stderr).toBe("");
    expect(run.stdout).toMatch(/^buildx-runners: this machine is set up/);
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
    ["503", /passes by itself/],
  ])("tells what to do when Secret Manager answers %s", (code, sentence) => {
    expect(sourced("secret.sh", `explain_refusal ${code} v ''`).stdout).toMatch(sentence);
  });

  it("comes at longer and longer intervals, up to five minutes", () => {
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
