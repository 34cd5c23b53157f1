import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registrationInput } from "../../../runner/host/registration.ts";
import { type PackageRepository, SOURCE_PACKAGES, startPackageRepository } from "./repository.ts";
import { doctor, type HostMachine, startHostMachine } from "./support.ts";

let host: HostMachine;
let repository: PackageRepository;
const directory = mkdtempSync(join(tmpdir(), "buildx-sources-"));

beforeAll(async () => {
  host = await startHostMachine("blank");
  const fetch = `mkdir -p /srv/debs && cd /srv/debs && apt-get -qq update && apt-get -qq download ${SOURCE_PACKAGES.join(" ")}`;
  expect((await host.root(`${fetch} && for f in *_*.deb; do mv "$f" "\${f%%_*}.deb"; done`)).exitCode).toBe(
    0,
  );
  cpSync(join(host.machine.rootDirectory, "srv/debs"), directory, { recursive: true });
  repository = await startPackageRepository(directory, host.machine.bridgeAddress, 8088);
});
afterAll(async () => {
  await repository.stop();
  await host.stop();
  rmSync(directory, { recursive: true, force: true });
});

const docker = (changes: Partial<{ url: string; fingerprint: string }> = {}) => ({
  packages: {
    source: "docker" as const,
    url: repository.url,
    fingerprint: repository.fingerprint,
    ...changes,
  },
});

const INSTALLED =
  "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' docker-ce docker.io containerd.io 2>/dev/null | grep ' installed'";
const TRUSTED =
  "ls /etc/apt/keyrings/buildx-runners-docker.asc /etc/apt/sources.list.d/buildx-runners-docker.sources 2>/dev/null";

describe("Docker's own repository", () => {
  it("is refused when its key is not the pinned one, with nothing of it installed", async () => {
    const { exitCode, stderr } = await host.setUp(docker({ fingerprint: "0".repeat(40) }));
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("the signing key is not the pinned one");
    expect((await host.root(`${INSTALLED}; ${TRUSTED}`)).stdout).toBe("");
  });

  it("is refused when a second key comes with the pinned one", async () => {
    const home = join(directory, "other");
    mkdirSync(home, { mode: 0o700 });
    const make = `cd ${home} && export GNUPGHOME=${home} && gpg --batch --quiet --passphrase '' --quick-generate-key other ed25519 sign 1d && gpg --batch --armor --export >other.asc && gpgconf --kill all`;
    await execa("sh", ["-c", make]);
    await execa("sh", [
      "-c",
      `cd ${directory}/debian && mv gpg gpg.own && cat gpg.own ${home}/other.asc >gpg`,
    ]);
    const { exitCode, stderr } = await host.setUp(docker());
    await execa("sh", ["-c", `cd ${directory}/debian && mv gpg.own gpg`]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("the signing key is not the pinned one");
    expect((await host.root(TRUSTED)).stdout).toBe("");
  });

  it("says where the key was looked for when there is none", async () => {
    const { exitCode, stderr } = await host.setUp(docker({ url: `${repository.url}/nowhere` }));
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`${repository.url}/nowhere/debian/gpg`);
  });

  it("makes a whole host with the pinned key, and the second run changes nothing", async () => {
    expect((await host.setUp(docker())).text).toMatch(/ready, \d+ changes/);
    expect((await host.root("cat /etc/apt/sources.list.d/buildx-runners-docker.sources")).stdout).toContain(
      "Signed-By: /etc/apt/keyrings/buildx-runners-docker.asc",
    );
    expect((await host.root("dpkg-query -W -f '${Version}' docker-ce")).stdout).toBe("5:99-1");
    expect((await doctor(host)).failed).toEqual([]);
    expect((await host.setUp(docker())).stdout).toContain("ready, nothing changed");
  });
});

describe("gitlab-runner", () => {
  const VERSION = "v99.1.0";
  const program =
    "#!/bin/bash\n[[ $1 == run ]] || { echo 'Version: 99.1.0'; exit 0; }\ntrap 'exit 0' QUIT\nwhile :; do sleep 0.2; done\n";
  const binary = (sha256: string) => ({
    ...docker(),
    gitlabRunner: { version: VERSION, url: `${repository.url}/gitlab-runner`, sha256: { amd64: sha256 } },
  });
  const good = createHash("sha256").update(program).digest("hex");
  const PATH = "/usr/local/lib/buildx-runners/bin/gitlab-runner";
  const publish = (content: string) => {
    const target = join(directory, "gitlab-runner", VERSION, "binaries");
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, "gitlab-runner-linux-amd64"), content);
  };

  it("is refused when it was tampered with, and never gets its name", async () => {
    publish(`${program}# tampered with\n`);
    const { exitCode, stderr } = await host.setUp(binary(good));
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/has SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64} and was not installed/);
    expect((await host.root("ls -A /usr/local/lib/buildx-runners/bin")).stdout).toBe("");
  });

  it("is installed when its digest is the pinned one", async () => {
    publish(program);
    expect((await host.setUp(binary(good))).stdout).toContain(`changed    gitlab-runner ${VERSION}`);
    expect((await host.root(`sha256sum ${PATH}`)).stdout).toContain(good);
    expect((await host.setUp(binary(good))).stdout).toContain("ready, nothing changed");
  });

  it("runs as its own account, one process a level, and drains when it is stopped", async () => {
    const entries = host.settings().runners.map(({ name }) => ({ name, token: "glrt-0123456789abcdef" }));
    const register = "sudo -n /usr/local/lib/buildx-runners/register.sh";
    await host.machine.ssh(register, { input: registrationInput(entries) });
    for (const level of ["open", "protected"]) {
      const unit = `gitlab-runner@${level}.service`;
      expect((await host.root(`systemctl show -P ActiveState -P User ${unit}`)).stdout).toBe(
        "gitlab-runner\nactive",
      );
    }
    const stop =
      "systemctl stop gitlab-runner@open; systemctl show -P Result gitlab-runner@open; systemctl start gitlab-runner@open";
    expect((await host.root(stop)).stdout).toBe("success");
    const failed = (await doctor(host)).checks
      .filter((check) => check.outcome === "fail")
      .map((check) => check.id);
    // What stands for the manager here serves no metrics; doctor notices.
    expect(failed).toEqual(["open.metrics", "protected.metrics"]);
    await host.machine.ssh(`${register} --remove`);
  });

  it("goes again when the fleet does without it", async () => {
    expect((await host.setUp(docker())).stdout).toContain("gitlabRunner is none");
    expect((await host.root(`ls ${PATH} 2>/dev/null`)).stdout).toBe("");
  });
});
