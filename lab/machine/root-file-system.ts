import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../paths.ts";
import { run } from "../run.ts";
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

/** Authorities that this computer trusts beyond Debian's own, as files. */
export async function ownCertificates(): Promise<string[]> {
  const names = existsSync(certificates) ? (await readdir(certificates)).sort() : [];
  return names.filter((name) => name.endsWith(".crt")).map((name) => path.join(certificates, name));
}

/** Reads this computer's configuration and says what the lab's root file system is built from. */
export async function defineRoot(): Promise<RootDefinition> {
  const files = [customizeScript, ...(await ownCertificates())];
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
  return await ensureArchive(instance, cacheName(definition), {
    command: (unfinished) => mmdebstrapArguments(definition, unfinished, logPath),
    purpose: `build the host's root file system (log: ${logPath})`,
  });
}

/** How an archive is built where the cache has not got it. */
export interface ArchiveBuild {
  /** mmdebstrap's command line, given where to put the archive. */
  readonly command: (unfinished: string) => string[];
  readonly purpose: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Finds an archive in the cache, or builds it by mmdebstrap.
 *
 * @param name as {@link keptArchive} wants it.
 * @returns the archive's path.
 */
export async function ensureArchive(
  instance: Instance,
  name: string,
  { command, ...options }: ArchiveBuild,
): Promise<string> {
  // It unmounts and removes its own working directory when it is asked to end.
  return keptArchive(name, (unfinished) =>
    runRecorded(instance, 30_000, "mmdebstrap", command(unfinished), options),
  );
}

/**
 * Finds an archive in the cache, or makes it and forgets the others of its kind.
 *
 * @param name `<kind>-<what it was made from>.tar`.
 * @param make writes it to the path given.
 * @returns the archive's path.
 */
export async function keptArchive(
  name: string,
  make: (unfinished: string) => Promise<void>,
): Promise<string> {
  const archive = path.join(cacheDirectory, name);
  if (existsSync(archive)) {
    await utimes(archive, new Date(), new Date());
    return archive;
  }
  await mkdir(cacheDirectory, { recursive: true });
  const unfinished = `${archive}.${process.pid}.new`;
  try {
    await make(unfinished);
    await rename(unfinished, archive);
    await forgetOthers(name);
  } finally {
    await rm(unfinished, { force: true });
  }
  return archive;
}

/** Another checkout that shares the cache may be about to use its own. */
const hour = 3600 * 1000;

/** Archives of earlier definitions: nothing will ask for them again. */
async function forgetOthers(name: string): Promise<void> {
  const kind = name.slice(0, name.indexOf("-") + 1);
  const others = (await readdir(cacheDirectory)).filter(
    (other) => other.startsWith(kind) && other.endsWith(".tar") && other !== name,
  );
  for (const other of others.map((file) => path.join(cacheDirectory, file)))
    if (Date.now() - (await stat(other)).mtimeMs > hour) await rm(other, { force: true });
}

/** Packs a root directory that no machine runs from, so that a machine can boot from it: `startMachine({ archive })`. */
export async function packRoot(
  root: string,
  archive: string,
  exclude: readonly string[] = [],
): Promise<void> {
  const all = [
    "--xattrs",
    "--xattrs-include=*",
    "--acls",
    "--numeric-owner",
    "--one-file-system",
    "--sparse",
  ];
  const without = exclude.map((pattern) => `--exclude=./${pattern}`);
  await run("tar", ["--create", ...all, ...without, "--file", archive, "--directory", root, "."], {
    purpose: "pack a machine's root file system",
  });
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
