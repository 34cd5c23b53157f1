import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cleanUpRoot, leftovers, secretsIn, stillThere, takeOut } from "../../bake/clean-up.ts";
import { aptSources } from "../../bake/mirror.ts";

const DATA = "/var/lib/buildx";
const TOKEN = "glrt-abcdefghijklmnopqrstu";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bake-clean-up-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const files = (): string[] =>
  execFileSync("find", [".", "-not", "-type", "d", "-printf", "%P\n"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter(Boolean)
    .sort();

/** A host that took jobs: what of it must go, and what must stay. */
const HOST = {
  gone: [
    "etc/hostname",
    "etc/ssh/ssh_host_ed25519_key",
    "etc/ssh/ssh_host_rsa_key.pub",
    "etc/gitlab-runner/open/config.toml",
    "etc/gitlab-runner/open/.runner_system_id",
    "etc/apt/sources.list",
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/sudoers.d/90-admin",
    "etc/systemd/system/google-.service.d/bake.conf",
    "etc/passwd-",
    "home/admin/.ssh/authorized_keys",
    "root/.ssh/id_ed25519",
    "root/.bash_history",
    "tmp/scratch",
    "var/tmp/scratch",
    "run/lock/buildx-runners.lock",
    "usr/local/share/ca-certificates/bake-proxy.crt",
    "var/cache/apt/archives/docker.io_26.deb",
    "var/cache/apt/pkgcache.bin",
    "var/lib/apt/lists/mirror_InRelease",
    "var/lib/buildx-runners/apt.log",
    "var/lib/buildx-runners/registered/open",
    "var/lib/buildx-runners/tokens/open",
    "var/lib/buildx-runners/cloud/registered",
    "var/lib/systemd/random-seed",
    "var/lib/systemd/credential.secret",
    "var/lib/systemd/network/leases",
    "var/lib/systemd/timers/stamp-apt-daily.timer",
    "var/log/dpkg.log",
    "var/log/apt/history.log",
    "var/log/journal/0123/system.journal",
    "var/lib/buildx/open/home/docker/engine-id",
    "var/lib/buildx/open/home/docker/containers/c1/c1-json.log",
    "var/lib/buildx/open/home/.docker/buildx/.buildNodeID",
    "var/lib/buildx/open/home/docker/volumes/buildx_buildkit_x0_state/_data/runc-overlayfs/workerid",
  ],
  kept: [
    "etc/machine-id",
    "etc/passwd",
    "etc/ssh/sshd_config",
    "etc/ssl/certs/ca-certificates.crt",
    "usr/local/lib/buildx-runners/setup.sh",
    "usr/local/share/ca-certificates/buildx-runners-1.crt",
    "var/lib/buildx-runners/marks/daemon-open",
    "var/lib/dpkg/status",
    "var/lib/systemd/linger/buildx-open",
    "var/lib/buildx/open/home/docker/containers/c1/config.v2.json",
    "var/lib/buildx/open/home/docker/image/overlay2/repositories.json",
    "var/lib/buildx/open/home/docker/volumes/buildx_buildkit_x0_state/_data/cache.db",
  ],
};

const whole = (): Record<string, string> =>
  Object.fromEntries([...HOST.gone, ...HOST.kept].map((path) => [path, `${path}\n`]));

describe("the clean-up", () => {
  it("takes out exactly what is the machine's own, secret, temporary or stale", async () => {
    put(whole());
    await takeOut(root, leftovers(DATA));
    expect(files()).toEqual([...HOST.kept].sort());
    expect(readFileSync(join(root, "etc/machine-id"), "utf8")).toBe("");
    expect(readFileSync(join(root, "etc/passwd"), "utf8")).toBe("etc/passwd\n");
  });

  it("keeps the directories that programs log to", async () => {
    put({ "var/log/apt/history.log": "x", "var/log/journal/0123/system.journal": "x" });
    await takeOut(root, leftovers(DATA));
    expect(readdirSync(join(root, "var/log")).sort()).toEqual(["apt", "journal"]);
    expect(readdirSync(join(root, "var/log/journal"))).toEqual([]);
  });

  it("finds a data directory that is elsewhere", async () => {
    put({ "srv/ci/open/home/docker/engine-id": "x", "srv/ci/open/home/docker/kept": "x" });
    await takeOut(root, leftovers("/srv/ci"));
    expect(files()).toEqual(["srv/ci/open/home/docker/kept"]);
  });

  it("follows no link out of the image", async () => {
    const outside = mkdtempSync(join(tmpdir(), "bake-outside-"));
    writeFileSync(join(outside, "precious"), "x");
    mkdirSync(join(root, "var"), { recursive: true });
    symlinkSync(outside, join(root, "var/tmp"));
    symlinkSync(outside, join(root, "tmp"));
    await takeOut(root, leftovers(DATA));
    expect(existsSync(join(outside, "precious"))).toBe(true);
    rmSync(outside, { recursive: true });
  });

  it("does nothing the second time, and has nothing to say then", async () => {
    put(whole());
    const list = leftovers(DATA);
    expect((await stillThere(root, list)).length).toBeGreaterThan(20);
    await takeOut(root, list);
    await takeOut(root, list);
    expect(await stillThere(root, list)).toEqual([]);
  });

  it("gives every machine the package sources of its image and its cloud's name servers", async () => {
    put(whole());
    rmSync(join(root, "home"), { recursive: true });
    mkdirSync(join(root, "etc/apt/sources.list.d"), { recursive: true });
    const sources = aptSources({
      main: "http://mirror.example.com/debian",
      security: "http://mirror.example.com/security",
    });
    await cleanUpRoot(root, DATA, sources);
    expect(readFileSync(join(root, "etc/apt/sources.list.d/debian.sources"), "utf8")).toContain(
      "URIs: http://mirror.example.com/security\nSuites: trixie-security\n",
    );
    expect(execFileSync("readlink", [join(root, "etc/resolv.conf")], { encoding: "utf8" })).toBe(
      "../run/systemd/resolve/stub-resolv.conf\n",
    );
  });
});

describe("the package sources of an image", () => {
  it("are one archive where this computer has no security archive", () => {
    expect(aptSources({ main: "http://mirror.example.com/debian" }).match(/^URIs: .*$/gm)).toEqual([
      "URIs: http://mirror.example.com/debian",
    ]);
  });

  it.each([
    [{ main: "http://ci:hunter2@mirror.example.com/debian" }],
    [{ main: "http://mirror.example.com/debian", security: "https://token@mirror.example.com/security" }],
  ])("are no place for a mirror's credentials", (mirrors) => {
    expect(() => aptSources(mirrors)).toThrow(/needs credentials.*--mirror and --security-mirror/);
    expect(() => aptSources(mirrors)).not.toThrow(/hunter2|token@/);
  });
});

describe("a secret in the image", () => {
  it.each([
    ["usr/local/lib/buildx-runners/open/config.toml", `token = "${TOKEN}"\n`, "a runner's token"],
    ["etc/some/where/else", `x${"\0"} ${TOKEN}`, "a runner's token"],
    ["root/key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "a private key"],
    ["var/lib/buildx-runners/k.pem", "-----BEGIN PRIVATE KEY-----\n", "a private key"],
  ])("is found in %s and stops the bake", async (path, text, what) => {
    put({ "etc/apt/sources.list.d/other": "", [path]: text });
    expect(await secretsIn(root)).toEqual([`/${path} holds ${what}`]);
    await expect(cleanUpRoot(root, DATA, "")).rejects.toThrow(`  /${path} holds ${what}`);
  });

  it("is not what only looks like one", async () => {
    put({ "etc/gitlab.md": "tokens begin with glrt-", "etc/ssl/ca.pem": "-----BEGIN CERTIFICATE-----" });
    expect(await secretsIn(root)).toEqual([]);
  });
});
