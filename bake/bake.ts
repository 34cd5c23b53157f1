/** From a host's settings to a disk image and its manifest. */
import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Mirrors } from "../lab/machine/apt.ts";
import { instanceOf } from "../lab/machine/instance.ts";
import { packRoot } from "../lab/machine/root-file-system.ts";
import { labDirectory, logDirectory } from "../lab/paths.ts";
import { run } from "../lab/run.ts";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { cleanUpRoot } from "./clean-up.ts";
import { makeDisk, packDisk } from "./disk.ts";
import { type Contents, contentsOf, kernelIn, type Manifest, manifestOf, packagesIn } from "./manifest.ts";
import { aptSources, readSource, sourceDate } from "./mirror.ts";
import { ensureRootArchive, restoreSystemFiles, systemFiles } from "./root.ts";
import { runSetUp } from "./set-up.ts";
import { requireComputer } from "./tools.ts";

export interface RootOptions {
  readonly settings: HostSettings;
  /** Package mirrors instead of this computer's own. */
  readonly mirror?: Mirrors;
  /** The lab's machine that set-up runs in; default 37. */
  readonly instance?: number;
  /** Called when the network of set-up's machine is there, before it boots. */
  readonly prepare?: (rootDirectory: string) => Promise<void>;
  readonly progress?: (step: string) => void;
}

export interface BakeOptions extends RootOptions {
  /** The image's path; its manifest lies beside it, with `.json` in place of `.tar.gz`. */
  readonly out: string;
  /** Keeps the disk, unpacked, beside the image: {@link diskPath}. */
  readonly keepDisk?: boolean;
}

/** What every machine of an image starts from, as a directory. */
export interface BakedRoot {
  readonly directory: string;
  readonly contents: Contents;
  /** Seconds since 1970: that of the packages' newest state. */
  readonly date: number;
}

const DEFAULT_INSTANCE = 37;

/** The manifest's path, from the image's. */
export function manifestPath(out: string): string {
  return `${out.replace(/\.tar\.gz$/, "")}.json`;
}

/** The unpacked disk's path, from the image's. */
function diskPath(out: string): string {
  return `${out.replace(/\.tar\.gz$/, "")}.raw`;
}

/**
 * Bakes an image. Nothing is at the path of the image or the manifest until both are complete.
 *
 * @throws BakeError or LabError, with what to do.
 * @example
 * await bake({ settings: hostSettings(config, fleet), out: "linux.tar.gz" });
 */
export async function bake(options: BakeOptions): Promise<Manifest> {
  const { out, progress = () => {} } = options;
  const disk = diskPath(out);
  await mkdir(path.dirname(path.resolve(out)), { recursive: true });
  requireComputer([path.dirname(path.resolve(out))]);
  try {
    const { contents, date, layout } = await bakeRoot(options, async ({ directory, ...rest }) => {
      progress("disk");
      return { ...rest, layout: await makeDisk(directory, disk, rest.date) };
    });
    progress("image");
    await packDisk(disk, `${out}.new`, date);
    const manifest = await manifestOf(contents, `${out}.new`, path.basename(out), layout.disk);
    await writeFile(`${manifestPath(out)}.new`, `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rename(`${out}.new`, out);
    await rename(`${manifestPath(out)}.new`, manifestPath(out));
    return manifest;
  } finally {
    if (options.keepDisk !== true) await rm(disk, { force: true });
    for (const file of [out, manifestPath(out)]) await rm(`${file}.new`, { force: true });
  }
}

/**
 * Makes the root directory of an image, passes it to `use`, and then removes it.
 *
 * @throws BakeError or LabError, with what to do.
 */
export async function bakeRoot<T>(options: RootOptions, use: (root: BakedRoot) => Promise<T>): Promise<T> {
  const { settings, instance = DEFAULT_INSTANCE, prepare, progress = () => {} } = options;
  await mkdir(logDirectory, { recursive: true });
  requireComputer([labDirectory]);
  progress("package mirrors");
  const source = await readSource(options.mirror);
  progress("root file system");
  const log = path.join(logDirectory, "bake.log");
  const archive = await ensureRootArchive(instanceOf(instance), source, log);
  const made = await runSetUp({ settings, instance, archive, progress, ...(prepare ? { prepare } : {}) });
  try {
    progress("clean-up");
    await restoreSystemFiles(made.directory);
    await cleanUpRoot(made.directory, settings.dataDirectory, aptSources(source.mirrors));
    if (settings.cloud) await rememberSetUp(made.directory, setupScript(hostFiles(settings)));
    const contents = contentsOf({
      settings,
      hostFiles: hostFiles(settings),
      systemFiles: await systemFiles(),
      sources: source.releases,
      kernel: await kernelIn(made.directory),
      packages: await packagesIn(made.directory),
      containerImages: made.containerImages,
    });
    return await use({ directory: made.directory, contents, date: sourceDate(source.releases) });
  } finally {
    await made.remove();
  }
}

/** So that a machine whose metadata has this very set-up finds it done; see runner/host/cloud/apply.sh. */
async function rememberSetUp(root: string, setup: string): Promise<void> {
  const memory = path.join(root, "var/lib/buildx-runners/cloud");
  await mkdir(memory, { recursive: true });
  await writeFile(path.join(memory, "applied"), `${createHash("sha256").update(setup).digest("hex")}\n`);
}

const ADMINISTRATOR = `set -eu
useradd --create-home --shell /bin/bash --comment Administrator admin
install -d -m 0700 -o admin -g admin /home/admin/.ssh
printf 'admin ALL=(ALL) NOPASSWD:ALL\\n' >/etc/sudoers.d/90-admin
chmod 0440 /etc/sudoers.d/90-admin
`;

/**
 * Packs a baked root directory for the lab's machines: `startMachine({ archive })` boots it in seconds, for tests and
 * benchmarks that no virtual machine is needed for. It has the lab's administrator, as the image does not.
 */
export async function packForLab(root: BakedRoot, archive: string): Promise<void> {
  await run("chroot", [root.directory, "bash", "-s"], {
    input: ADMINISTRATOR,
    purpose: "give the lab access to the baked root file system",
  });
  await packRoot(root.directory, archive);
}
