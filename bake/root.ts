/** The root file system before set-up: what a Debian image for Google Cloud has, and a boot loader. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Instance } from "../lab/machine/instance.ts";
import { ensureArchive, ownCertificates } from "../lab/machine/root-file-system.ts";
import { run } from "../lab/run.ts";
import { type Source, SUITE, sourceDate, suitesOf } from "./mirror.ts";

/** Whose dependencies are the rest. */
export const PACKAGES = [
  "ca-certificates",
  "curl",
  "dbus",
  "e2fsprogs",
  "google-compute-engine-oslogin",
  "google-guest-agent",
  "grub-efi-amd64-signed",
  "iproute2",
  "iputils-ping",
  "kmod",
  "less",
  "libpam-systemd",
  "linux-image-cloud-amd64",
  "initramfs-tools",
  "netbase",
  "nftables",
  "openssh-server",
  "procps",
  "shim-signed",
  "sudo",
  "systemd",
  "systemd-repart",
  "systemd-resolved",
  "systemd-sysv",
  "systemd-timesyncd",
  "tzdata",
  "udev",
  "zstd",
] as const;

const systemDirectory = path.join(import.meta.dirname, "system");
const finishScript = path.join(import.meta.dirname, "finish-root.sh");

/** The boot loader's answers for the day a security update brings a new one: it stays where firmware looks. */
const GRUB_ANSWERS = [
  "grub-efi-amd64 grub2/force_efi_extra_removable boolean true",
  "grub-efi-amd64 grub2/update_nvram boolean false",
].join("\\n");

/** The files of system/ beneath the root directory, by absolute path. */
export async function systemFiles(): Promise<{ path: string; content: string }[]> {
  const entries = await readdir(systemDirectory, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => ({
      path: `/${path.relative(systemDirectory, file)}`,
      content: await readFile(file, "utf8"),
    })),
  );
}

/** Modes and owners are the image's, not the checkout's. */
const copyArguments = ["-R", "--no-preserve=all", `${systemDirectory}/.`];

/** Puts the files of system/ back where the lab wrote others of its own. */
export async function restoreSystemFiles(root: string): Promise<void> {
  await run("cp", [...copyArguments, root], { purpose: "put the image's own files back" });
}

/**
 * Builds the root file system, or finds it in the cache as long as the mirror has nothing newer.
 *
 * @returns the path of its tar archive.
 */
export async function ensureRootArchive(
  instance: Instance,
  source: Source,
  logPath: string,
): Promise<string> {
  return await ensureArchive(instance, `image-${SUITE}-${await digestOf(source)}.tar`, {
    command: (unfinished) => mmdebstrapArguments(source, unfinished, logPath),
    purpose: `build the root file system (log: ${logPath})`,
    env: { SOURCE_DATE_EPOCH: String(sourceDate(source.releases)) },
  });
}

/** Of everything that goes in. */
async function digestOf(source: Source): Promise<string> {
  const material = [finishScript, ...(await ownCertificates())];
  const contents = await Promise.all(material.map((file) => readFile(file, "utf8")));
  const whole = JSON.stringify([source, PACKAGES, GRUB_ANSWERS, await systemFiles(), contents]);
  return createHash("sha256").update(whole).digest("hex").slice(0, 16);
}

/** The command line that builds it. */
export function mmdebstrapArguments(source: Source, archive: string, logPath: string): string[] {
  return [
    "--variant=minbase",
    "--format=tar",
    `--include=${PACKAGES.join(",")}`,
    ...source.aptOptions.map((line) => `--aptopt=${line}`),
    `--essential-hook=printf '${GRUB_ANSWERS}\\n' | chroot "$1" debconf-set-selections`,
    `--customize-hook=${["cp", ...copyArguments].join(" ")} "$1"`,
    `--customize-hook=${finishScript}`,
    `--logfile=${logPath}`,
    SUITE,
    archive,
    ...suitesOf(source.mirrors).map(({ suite, address }) => `deb ${address} ${suite} main`),
  ];
}
