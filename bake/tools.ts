/** What baking needs of this computer, and how it is told that something is missing. */
import { existsSync, statfsSync } from "node:fs";
import {
  type Asker,
  explainMissing,
  type InstallOptions,
  installSystemPackages,
  missingPackages,
  type SystemPackages,
} from "../lab/packages.ts";
import { BakeError } from "./error.ts";

/** Debian packages by name. */
export const BAKE_TOOLS: SystemPackages = {
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
export const BOOT_TOOLS: SystemPackages = {
  "qemu-system-x86": { file: "/usr/bin/qemu-system-x86_64", why: "is the virtual machine" },
  ovmf: { file: "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", why: "is its firmware, with Secure Boot" },
  "qemu-utils": { file: "/usr/bin/qemu-img", why: "gives it a larger disk than the image's" },
  "openssh-client": { file: "/usr/bin/ssh", why: "reaches it" },
};

const BAKING: Asker = { who: "Baking needs", advice: "Install them:" };

/**
 * Installs what baking needs, where that is agreed.
 *
 * @throws LabError with the exact command to run otherwise.
 */
export const installBakeTools = (options: InstallOptions): Promise<string[]> =>
  installSystemPackages(BAKE_TOOLS, options, BAKING);

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
  tools: SystemPackages = BAKE_TOOLS,
  computer: Computer = thisComputer,
): void {
  const faults: string[] = [];
  if (computer.architecture !== "x64")
    faults.push(
      `Images are for amd64 and must be baked on amd64, and this computer is ${computer.architecture}: use another one.`,
    );
  if (computer.uid !== 0)
    faults.push("Baking needs root, because the image's files belong to root: run this with sudo.");
  const missing = missingPackages(tools, computer.exists);
  if (missing.length > 0) faults.push(explainMissing(tools, missing, BAKING));
  for (const directory of directories) {
    const free = computer.free(directory);
    if (free < NEEDED)
      faults.push(
        `Baking needs ${NEEDED / GIB} GiB free in ${directory}, and ${(free / GIB).toFixed(1)} GiB are free: ` +
          "free some space, or use another directory (--out for the image, BUILDX_LAB_DIRECTORY for temporary files).",
      );
  }
  if (faults.length > 0) throw new BakeError(faults.join("\n"));
}
