/** What baking needs of this computer, and how it is told that something is missing. */
import { existsSync, statfsSync } from "node:fs";
import { BakeError } from "./error.ts";

interface Tool {
  /** A file that is there exactly when the package is. */
  readonly file: string;
  readonly why: string;
}

/** Debian packages by name. */
export const BAKE_TOOLS: Readonly<Record<string, Tool>> = {
  mmdebstrap: { file: "/usr/bin/mmdebstrap", why: "builds the root file system" },
  "debian-archive-keyring": {
    file: "/usr/share/keyrings/debian-archive-keyring.gpg",
    why: "verifies Debian's packages",
  },
  "systemd-container": { file: "/usr/bin/systemd-nspawn", why: "runs set-up in it" },
  iproute2: { file: "/usr/sbin/ip", why: "gives set-up a network" },
  nftables: { file: "/usr/sbin/nft", why: "connects that network to this computer's" },
  fdisk: { file: "/usr/sbin/sfdisk", why: "writes the partition table" },
  e2fsprogs: { file: "/usr/sbin/mke2fs", why: "makes the root file system's partition" },
  dosfstools: { file: "/usr/sbin/mkfs.vfat", why: "makes the boot partition" },
  mtools: { file: "/usr/bin/mcopy", why: "puts the boot loader there" },
};

/** What the proof on a virtual machine needs beyond. */
export const BOOT_TOOLS: Readonly<Record<string, Tool>> = {
  "qemu-system-x86": { file: "/usr/bin/qemu-system-x86_64", why: "is the virtual machine" },
  ovmf: { file: "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", why: "is its firmware, with Secure Boot" },
  "qemu-utils": { file: "/usr/bin/qemu-img", why: "gives it a larger disk than the image's" },
  "openssh-client": { file: "/usr/bin/ssh", why: "reaches it" },
};

/** The names of those packages that are not there. */
export function missingTools(
  tools: Readonly<Record<string, Tool>>,
  exists: (file: string) => boolean = existsSync,
): string[] {
  return Object.entries(tools)
    .filter(([, tool]) => !exists(tool.file))
    .map(([name]) => name);
}

/** Says which packages are missing, what for, and the command that installs them. */
export function explainMissing(tools: Readonly<Record<string, Tool>>, missing: readonly string[]): string {
  const width = Math.max(...missing.map((name) => name.length));
  return [
    "Baking needs Debian packages that this computer lacks:",
    ...missing.map((name) => `  ${name.padEnd(width)}  ${tools[name]?.why ?? ""}`),
    "Install them:",
    `  sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${missing.join(" ")}`,
  ].join("\n");
}

/** The facts of this computer that {@link requireComputer} looks at. */
export interface Computer {
  readonly uid: number | undefined;
  /** As Node.js names it. */
  readonly architecture: string;
  readonly exists: (file: string) => boolean;
  /** Bytes free where a directory is. */
  readonly free: (directory: string) => number;
}

const thisComputer: Computer = {
  uid: process.getuid?.(),
  architecture: process.arch,
  exists: existsSync,
  free: (directory) => {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
};

const GIB = 1024 ** 3;
/** The tree, the disk and its archive lie side by side at the end. */
const NEEDED = 8 * GIB;

/**
 * Refuses a computer on which baking cannot succeed, before anything is made.
 *
 * @param directories that are written to; each exists.
 * @throws BakeError that names all that is missing and the command for it.
 */
export function requireComputer(
  directories: readonly string[],
  tools: Readonly<Record<string, Tool>> = BAKE_TOOLS,
  computer: Computer = thisComputer,
): void {
  const faults: string[] = [];
  if (computer.architecture !== "x64")
    faults.push(
      `Images are baked for amd64 on amd64, and this computer is ${computer.architecture}: use another one.`,
    );
  if (computer.uid !== 0)
    faults.push("Baking needs root, since the image's files belong to root: run this with sudo.");
  const missing = missingTools(tools, computer.exists);
  if (missing.length > 0) faults.push(explainMissing(tools, missing));
  for (const directory of directories) {
    const free = computer.free(directory);
    if (free < NEEDED)
      faults.push(
        `Baking needs ${NEEDED / GIB} GiB free in ${directory}, and ${(free / GIB).toFixed(1)} GiB are: ` +
          "make room, or name another place (--out for the image, BUILDX_LAB_DIRECTORY for the work).",
      );
  }
  if (faults.length > 0) throw new BakeError(faults.join("\n"));
}
