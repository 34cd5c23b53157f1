import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../paths.ts";
import { carriedOptions, findMirrors, type Mirrors } from "./apt.ts";
import type { Instance } from "./instance.ts";
import { runRecorded } from "./journal.ts";

/** What a root file system is built from; two equal definitions are the same file system. */
export interface RootDefinition {
  readonly suite: string;
  readonly packages: readonly string[];
  readonly mirrors: Mirrors;
  readonly aptOptions: readonly string[];
  /** Text of everything else that goes in: the script that finishes it, and certificates. */
  readonly material: readonly string[];
}

const suite = "trixie";

/** What a cloud provider's Debian image has and a fleet's host is set up from. Nothing of Docker. */
const packages = [
  "apt-utils",
  "ca-certificates",
  "curl",
  "dbus",
  "iproute2",
  "iputils-ping",
  "kmod",
  "less",
  "libpam-systemd",
  "nano",
  "netbase",
  "openssh-server",
  "procps",
  "python3-minimal",
  "sudo",
  "systemd",
  "systemd-sysv",
  "tzdata",
];

const customizeScript = path.join(import.meta.dirname, "customize.sh");
const certificates = "/usr/local/share/ca-certificates";

/** Reads this computer's configuration and says what the lab's root file system is built from. */
export async function defineRoot(): Promise<RootDefinition> {
  const names = existsSync(certificates) ? (await readdir(certificates)).sort() : [];
  const files = [
    customizeScript,
    ...names.filter((name) => name.endsWith(".crt")).map((name) => path.join(certificates, name)),
  ];
  return {
    suite,
    packages,
    mirrors: await findMirrors(),
    aptOptions: await carriedOptions(),
    material: await Promise.all(files.map((file) => readFile(file, "utf8"))),
  };
}

/** The name of a definition's file in the cache. */
export function cacheName(definition: RootDefinition): string {
  const hash = createHash("sha256").update(JSON.stringify(definition)).digest("hex");
  return `machine-${definition.suite}-${hash.slice(0, 16)}.tar`;
}

/**
 * Builds the root file system, or finds it in the cache.
 *
 * @returns the path of its tar archive.
 */
export async function ensureRootArchive(instance: Instance, logPath: string): Promise<string> {
  const definition = await defineRoot();
  const archive = path.join(cacheDirectory, cacheName(definition));
  if (existsSync(archive)) return archive;
  await mkdir(cacheDirectory, { recursive: true });
  const unfinished = `${archive}.${process.pid}.new`;
  try {
    // It unmounts and removes its own working directory when it is asked to end.
    await runRecorded(instance, 30_000, "mmdebstrap", mmdebstrapArguments(definition, unfinished, logPath), {
      purpose: `build the host's root file system (log: ${logPath})`,
    });
    await rename(unfinished, archive);
    await forgetOthers(archive);
  } finally {
    await rm(unfinished, { force: true });
  }
  return archive;
}

/** Archives of earlier definitions: nothing will ask for them again. */
async function forgetOthers(archive: string): Promise<void> {
  const names = await readdir(cacheDirectory);
  const others = names.filter((name) => /^machine-.*\.tar$/.test(name) && name !== path.basename(archive));
  for (const name of others) await rm(path.join(cacheDirectory, name), { force: true });
}

/** The command line that builds a definition. */
export function mmdebstrapArguments(definition: RootDefinition, archive: string, logPath: string): string[] {
  const { main, security } = definition.mirrors;
  return [
    "--variant=minbase",
    "--format=tar",
    `--include=${definition.packages.join(",")}`,
    ...definition.aptOptions.map((line) => `--aptopt=${line}`),
    `--customize-hook=${customizeScript}`,
    `--logfile=${logPath}`,
    definition.suite,
    archive,
    `deb ${main} ${definition.suite} main`,
    `deb ${main} ${definition.suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${security} ${definition.suite}-security main`]),
  ];
}
