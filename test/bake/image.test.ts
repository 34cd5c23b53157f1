/** What goes into an image, and how it starts: the parts that are told without making one. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FSTAB, LOADER_CONFIGURATION, LOADER_FILES, MENU } from "../../bake/boot-loader.ts";
import { packDisk } from "../../bake/disk.ts";
import { ESP_VOLUME_ID, ROOT_FILE_SYSTEM_ID } from "../../bake/identifiers.ts";
import { parseRelease, sourceDate, suitesOf } from "../../bake/mirror.ts";
import { mmdebstrapArguments, systemFiles } from "../../bake/root.ts";
import { jobImages, parseImages } from "../../bake/set-up.ts";
import { qemuArguments } from "../../bake/vm/qemu.ts";
import { exampleSettings } from "../runner/host/settings.ts";

const release = (suite: string, date: string) => ({ suite, date, sha256: suite });
const source = {
  mirrors: { main: "http://deb.example/debian", security: "http://deb.example/security" },
  aptOptions: ['Acquire::http::Proxy "http://proxy.example:3128";'],
  releases: [
    release("trixie", "Sat, 12 Sep 2026 07:55:41 UTC"),
    release("trixie-updates", "Fri, 20 Nov 2026 02:11:10 UTC"),
  ],
};

describe("the mirror's state", () => {
  it("is read from the signed Release file", () => {
    const text =
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nDate: Fri, 20 Nov 2026 02:11:10 UTC\n";
    expect(parseRelease("trixie", text)).toMatchObject({
      suite: "trixie",
      date: "Fri, 20 Nov 2026 02:11:10 UTC",
    });
    expect(() => parseRelease("trixie", "<html>Log in</html>")).toThrow(
      "check that the address is a Debian mirror.",
    );
  });

  it("dates the image, whenever it is made", () => {
    expect(sourceDate(source.releases)).toBe(Date.UTC(2026, 10, 20, 2, 11, 10) / 1000);
  });

  it("leaves the security archive out where none is named", () => {
    expect(suitesOf({ main: "http://deb.example" }).map(({ suite }) => suite)).toEqual([
      "trixie",
      "trixie-updates",
    ]);
  });
});

describe("the root file system", () => {
  it("is built from the named mirrors, by this computer's way to them", () => {
    const argv = mmdebstrapArguments(source, "/cache/root.tar", "/log");
    expect(argv.slice(-4)).toEqual([
      "/cache/root.tar",
      "deb http://deb.example/debian trixie main",
      "deb http://deb.example/debian trixie-updates main",
      "deb http://deb.example/security trixie-security main",
    ]);
    expect(argv).toContain('--aptopt=Acquire::http::Proxy "http://proxy.example:3128";');
  });

  it("brings no setting of the whole computer that it is baked on", async () => {
    const files = await systemFiles();
    const sysctl = files.filter(({ path }) => path.startsWith("/etc/sysctl.d/"));
    expect(sysctl).toHaveLength(1);
    for (const line of sysctl[0]?.content.split("\n").filter((text) => /^[^#\s]/.test(text)) ?? [])
      expect(line).toMatch(/^net\./);
  });

  it("has the rule that names local SSDs as the host's scripts look for them", async () => {
    const rule =
      (await systemFiles()).find(({ path }) => path.endsWith("65-google-local-ssd.rules"))?.content ?? "";
    const [, program = ""] = /PROGRAM="\/bin\/sh -c '(.*)'"/.exec(rule) ?? [];
    expect(rule).toContain('SYMLINK+="disk/by-id/google-local-nvme-ssd-%c"');
    // As udev hands it over for /dev/nvme0n3: `$number` is the digits at the end of the name, `$$` a dollar.
    const command = program.replaceAll("$number", "3").replaceAll("$$", "$");
    expect(execFileSync("/bin/sh", ["-c", command], { encoding: "utf8" })).toBe("2\n");
  });
});

describe("the archive", () => {
  it("holds one sparse file called disk.raw, in GNU's old format, and is the same every time", async () => {
    const directory = mkdtempSync(join(tmpdir(), "bake-archive-"));
    try {
      const disk = join(directory, "linux.raw");
      writeFileSync(disk, "the first bytes");
      truncateSync(disk, 64 * 1024 ** 2);
      const digests = [];
      for (const name of ["one.tar.gz", "other.tar.gz"]) {
        await packDisk(disk, join(directory, name), 1_800_000_000);
        digests.push(
          createHash("sha256")
            .update(readFileSync(join(directory, name)))
            .digest("hex"),
        );
        utimesSync(disk, 1, 1);
      }
      expect(digests[1]).toBe(digests[0]);
      const archive = join(directory, "one.tar.gz");
      const listed = execFileSync("tar", ["--list", "--verbose", "--utc", "--file", archive], {
        encoding: "utf8",
      });
      expect(listed).toMatch(/^-\S+ 0\/0 +67108864 2027-01-15 08:00 disk\.raw\n$/);
      const header = gunzipSync(readFileSync(archive)).subarray(0, 512);
      // GNU's old format has two blanks and a zero where POSIX's has a version; `S` is a sparse file.
      expect(header.subarray(257, 265).toString("latin1")).toBe("ustar  \0");
      expect(header.subarray(156, 157).toString("latin1")).toBe("S");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the boot loader", () => {
  it("is the signed one, where firmware looks and where Debian's updates put it", () => {
    const binaries = Object.entries(LOADER_FILES).filter(([target]) => /\.efi$/i.test(target));
    expect(binaries).toHaveLength(6);
    for (const [, from] of binaries) expect(from).toMatch(/\.efi\.signed$/);
    expect(LOADER_FILES["EFI/BOOT/BOOTX64.EFI"]).toBe("usr/lib/shim/shimx64.efi.signed");
  });

  it("finds the root file system by its id, and makes the serial port the console", () => {
    expect(LOADER_CONFIGURATION).toContain(`search.fs_uuid ${ROOT_FILE_SYSTEM_ID} root`);
    expect(MENU).toMatch(
      new RegExp(`linux /vmlinuz root=UUID=${ROOT_FILE_SYSTEM_ID} ro .*console=ttyS0,38400n8`),
    );
  });

  it("is mounted by the volume's id as Linux writes it, and the root file system grows", () => {
    expect(ESP_VOLUME_ID).toMatch(/^[0-9a-f]{8}$/);
    expect(FSTAB).toContain("UUID=5B71-A8C0 /boot/efi vfat umask=0077,nofail");
    expect(FSTAB).toMatch(/^UUID=\S+ \/ ext4 \S*x-systemd\.growfs 0 1$/m);
  });
});

describe("the images that jobs begin with", () => {
  const version = { version: "18.8.0", url: "https://downloads.example", sha256: {} };
  it("are the job image and the helper of the manager's version", () => {
    expect(jobImages(exampleSettings())).toEqual(["docker:28.3.3-cli"]);
    expect(jobImages(exampleSettings({ gitlabRunner: version }))).toEqual([
      "docker:28.3.3-cli",
      "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v18.8.0",
    ]);
  });

  it("are none where no container runs a job", () => {
    expect(jobImages(exampleSettings({ executor: "shell" }))).toEqual([]);
    expect(jobImages(exampleSettings({ role: "manager" }))).toEqual([]);
  });

  it("are told by the daemons", () => {
    expect(parseImages("open\tdocker:28.3.3-cli\tsha256:aa\n\n")).toEqual([
      { level: "open", reference: "docker:28.3.3-cli", id: "sha256:aa" },
    ]);
  });
});

describe("the virtual machine", () => {
  const shape = {
    memory: 4096,
    cpus: 2,
    disk: "/vm/disk.qcow2",
    variables: "/vm/variables.fd",
    console: "/vm/console",
    sshAddress: "10.77.1.2",
    sshPort: 22,
  };

  it("has firmware that only signed code starts from", () => {
    const argv = qemuArguments(shape, "tcg").join(" ");
    expect(argv).toContain("-machine q35,smm=on -accel tcg,thread=multi -cpu max");
    expect(argv).toContain("OVMF_CODE_4M.secboot.fd");
    expect(argv).toContain("driver=cfi.pflash01,property=secure,value=on");
    expect(argv).toContain("hostfwd=tcp:10.77.1.2:22-:22");
  });

  it("runs on the processor where it can", () => {
    expect(qemuArguments(shape, "kvm").join(" ")).toContain("-accel kvm -cpu host");
  });
});
