/**
 * A baked image, looked at from outside: what is on its disk, and what is not. And its root file system, booted as a
 * machine of the lab: ready without a package mirror. That it boots by itself, `npm run bake:test` shows.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BakedRoot, bakeRoot, packForLab } from "../../../bake/bake.ts";
import { makeDisk } from "../../../bake/disk.ts";
import type { Contents } from "../../../bake/manifest.ts";
import type { Layout } from "../../../bake/partitions.ts";
import { installBakeTools } from "../../../bake/tools.ts";
import { createCa, type LabCa } from "../../../lab/ca.ts";
import { type CloudMachine, startCloudMachine } from "../../../lab/cloud/machine.ts";
import { ensureImages } from "../../../lab/images/index.ts";
import { instanceOf } from "../../../lab/machine/instance.ts";
import { mirrorDirectory, ownInstance, runDirectory } from "../../../lab/paths.ts";
import { type Registry, startRegistry } from "../../../lab/registry.ts";
import { run } from "../../../lab/run.ts";
import { setupScript } from "../../../runner/host/archive.ts";
import { ATTRIBUTES, STARTUP_SCRIPT } from "../../../runner/host/cloud.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import { registrationInput } from "../../../runner/host/registration.ts";
import type { HostSettings } from "../../../runner/host/settings.ts";
import { exampleSettings } from "../../runner/host/settings.ts";
import { BUILDKIT_IMAGE, JOB_IMAGE } from "../host/support.ts";
import { outageOf } from "./services.ts";

const { bridgeAddress } = instanceOf();
const MIRROR = `${bridgeAddress}:5001`;
const SECRET = "projects/acme-ci/secrets/linux-runners";

let directory: string;
let ca: LabCa;
let settings: HostSettings;
let contents: Contents;
let layout: Layout;
let date: number;
const disk = () => join(directory, "disk.raw");
const archive = () => join(directory, "root.tar");

async function serveImages(): Promise<Registry> {
  const mirror = await startRegistry({ address: MIRROR, ca, dataDirectory: mirrorDirectory });
  await ensureImages({
    references: [BUILDKIT_IMAGE, JOB_IMAGE],
    registry: { address: MIRROR, caPath: ca.caPath },
  });
  return mirror;
}

beforeAll(async () => {
  await installBakeTools({ assumeYes: false });
  directory = mkdtempSync(join(tmpdir(), "bake-e2e-"));
  ca = await createCa(runDirectory("ca"));
  // One level takes half the time.
  settings = exampleSettings({
    cloud: { provider: "google", shutdownSeconds: 60, healthCheck: true },
    levels: ["open"],
    runners: exampleSettings().runners.filter(({ level }) => level === "open"),
    registryMirrors: { "docker.io": [`https://${MIRROR}`] },
    caCertificates: [ca.caPem],
  });
  let mirror: Registry | undefined;
  const prepare = async () => {
    mirror = await serveImages();
  };
  const make = async (root: BakedRoot) => {
    ({ contents, date } = root);
    layout = await makeDisk(root.directory, disk(), date);
    await packForLab(root, archive());
  };
  try {
    await bakeRoot({ settings, instance: ownInstance, prepare }, make);
  } finally {
    await mirror?.stop();
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What debugfs says to commands on the root file system; an error of its own is part of that. */
async function inRoot(...commands: string[]): Promise<string> {
  const device = `${disk()}?offset=${layout.root.start}`;
  const { stdout, stderr } = await run("debugfs", ["-f", "-", device], {
    input: commands.join("\n"),
    tolerate: true,
  });
  return `${stdout}\n${stderr}`;
}

/** The content of a file of the root file system. */
async function read(path: string): Promise<string> {
  const device = `${disk()}?offset=${layout.root.start}`;
  return (await run("debugfs", ["-R", `cat ${path}`, device])).stdout.trim();
}

describe("the disk", () => {
  it("is as large as the table says, and has the two partitions that were laid out", async () => {
    expect(statSync(disk()).size).toBe(layout.disk);
    const { stdout } = await run("sfdisk", ["--json", disk()]);
    const { partitiontable: table } = JSON.parse(stdout) as {
      partitiontable: {
        label: string;
        id: string;
        partitions: { start: number; size: number; name: string }[];
      };
    };
    expect(table).toMatchObject({ label: "gpt", id: "6A2B7C1E-52A5-4B1F-8A4C-0B6F3D0E9A10" });
    expect(table.partitions).toMatchObject([
      { name: "ESP", start: layout.esp.start / 512, size: layout.esp.size / 512 },
      { name: "root", start: layout.root.start / 512, size: layout.root.size / 512 },
    ]);
    await run("sfdisk", ["--verify", disk()]);
  });

  it("has a sound file system with what rootless Docker's layers are made of", async () => {
    await run("e2fsck", ["-f", "-n", `${disk()}?offset=${layout.root.start}`]);
    const acl = await inRoot("ea_list /var/lib/buildx/open", "stat /var/lib/buildx/open");
    expect(acl).toContain("system.posix_acl_default");
    expect(acl).toMatch(/Mode:\s+0710/);
    expect(await inRoot("ls -p /var/lib/buildx/open/home/docker/overlay2")).toMatch(/\/040710\//);
  });

  it("starts Debian's signed boot loader, from where firmware looks", async () => {
    const volume = `${disk()}@@${layout.esp.start}`;
    const { stdout } = await run("mdir", ["-/", "-b", "-i", volume, "::"]);
    expect(stdout.split("\n").map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "::/EFI/BOOT/BOOTX64.EFI",
        "::/EFI/BOOT/grubx64.efi",
        "::/EFI/debian/grub.cfg",
      ]),
    );
    const kernel = await inRoot("stat /vmlinuz");
    expect(kernel).toContain(`boot/vmlinuz-${contents.kernel}`);
    const { stdout: identity } = await run("blkid", ["-p", "-O", String(layout.esp.start), disk()]);
    expect(identity).toContain('UUID="5B71-A8C0"');
  });
});

describe("what two machines must not share", () => {
  it("is not in the image", async () => {
    expect(await inRoot("stat /etc/machine-id")).toMatch(/Size: 0\b/);
    const listed = await inRoot(
      "ls -p /etc/ssh",
      "ls -p /etc/gitlab-runner",
      "ls -p /home",
      "ls -p /var/lib/buildx-runners",
      "ls -p /var/lib/systemd",
      "ls -p /usr/local/share/ca-certificates",
    );
    expect(listed).toMatch(/\/sshd_config\//);
    expect(listed).toMatch(/\/marks\//);
    expect(listed).toMatch(/\/buildx-runners-1\.crt\//);
    expect(listed).not.toMatch(
      /ssh_host_|config\.toml|runner_system_id|\/admin\/|registered|tokens|random-seed|bake-/,
    );
  });

  it("is not in any file either: no token is", async () => {
    // The archive for the lab has the same files, uncompressed.
    const count = async (pattern: string) =>
      Number((await run("grep", ["--count", "--text", "-E", pattern, archive()], { tolerate: true })).stdout);
    expect(await count("glrt-[A-Za-z0-9_-]{20}")).toBe(0);
    expect(await count("buildx-runners: ready, nothing changed")).toBeGreaterThan(0);
  });

  it("leaves a record of the set-up, so that metadata with the same one has nothing to do", async () => {
    expect(await read("/var/lib/buildx-runners/cloud/applied")).toBe(contents.setupSha256);
    expect(contents.containerImages.map(({ reference }) => reference)).toEqual([JOB_IMAGE, BUILDKIT_IMAGE]);
    expect(Object.keys(contents.packages)).toEqual(
      expect.arrayContaining([
        "docker.io",
        "google-guest-agent",
        "linux-image-cloud-amd64",
        "shim-signed:amd64",
      ]),
    );
  });
});

describe("a machine of the image", () => {
  let booted: CloudMachine;
  afterAll(() => booted?.machine.stop());

  it("is ready while no package mirror and no registry answers", async () => {
    const tokens = settings.runners.map(({ name }, index) => ({
      name,
      token: `glrt-not-of-any-gitlab-${index}`,
    }));
    const { name } = instanceOf();
    booted = await startCloudMachine({
      archive: archive(),
      ca,
      state: {
        attributes: {
          [ATTRIBUTES.startup]: STARTUP_SCRIPT,
          [ATTRIBUTES.setup]: setupScript(hostFiles(settings)),
          [ATTRIBUTES.secret]: `${SECRET}/versions/1`,
          "enable-guest-attributes": "TRUE",
        },
        secrets: {
          [SECRET]: {
            accessors: ["runners@acme-ci.iam.gserviceaccount.com"],
            versions: { 1: { payload: registrationInput(tokens), state: "ENABLED" } },
          },
        },
      },
      prepare: async () => {
        await run("ip", ["netns", "exec", name, "nft", "--file", "-"], { input: outageOf() });
      },
    });
    await expect
      .poll(() => booted.cloud.guestAttribute("buildx-runners", "status"), {
        timeout: 120_000,
        interval: 200,
      })
      .toBe("ready");
    const doctor = await booted.machine.exec("buildx-doctor");
    expect(doctor.stdout.match(/^fail .*(\n {40}.*)*/gm)).toBeNull();
    const log = await booted.machine.exec("grep -c ' install ' /var/log/dpkg.log");
    expect(log.stdout.trim()).toMatch(/^0?$/);
  });

  it("has its own identity, and keeps the record of it", async () => {
    const { stdout } = await booted.machine.exec(
      "cat /var/lib/buildx/open/home/docker/engine-id /var/lib/buildx/open/home/.docker/buildx/.buildNodeID",
    );
    expect(stdout).toMatch(/^[0-9a-f-]{36}/);
  });
});
