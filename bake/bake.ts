/** From a host's settings to a disk image and its manifest. */
import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Mirrors } from "../lab/machine/apt.ts";
import { instanceOf } from "../lab/machine/instance.ts";
import { labDirectory, logDirectory } from "../lab/paths.ts";
import { run } from "../lab/run.ts";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { cleanUpRoot } from "./clean-up.ts";
import { makeDisk, packDisk } from "./disk.ts";
import { contentsOf, kernelIn, type Manifest, manifestOf, packagesIn } from "./manifest.ts";
import { readSource, sourceDate } from "./mirror.ts";
import { ensureRootArchive, restoreSystemFiles, systemFiles } from "./root.ts";
import { runSetUp } from "./set-up.ts";
import { requireComputer } from "./tools.ts";

export interface BakeOptions {
  readonly settings: HostSettings;
  /** The image's path; its manifest lies beside it, with `.json` in place of `.tar.gz`. */
  readonly out: string;
  /** Package mirrors instead of this computer's own. */
  readonly mirror?: Mirrors;
  /** The lab's machine that set-up runs in; default 37. */
  readonly instance?: number;
  /** Called before the machine for set-up boots. */
  readonly prepare?: (rootDirectory: string) => Promise<void>;
  /** Called with the finished root directory, before it becomes a disk; what it changes goes in. */
  readonly inspect?: (rootDirectory: string) => Promise<void>;
  /** Keeps the disk, unpacked, beside the image: `disk.raw`. */
  readonly keepDisk?: boolean;
  readonly progress?: (step: string) => void;
}

const DEFAULT_INSTANCE = 37;

/** The manifest's path, from the image's. */
export function manifestPath(out: string): string {
  return `${out.replace(/\.tar\.gz$/, "")}.json`;
}

/** The unpacked disk's path, from the image's. */
export function diskPath(out: string): string {
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
  const { settings, out } = options;
  const progress = options.progress ?? (() => {});
  const directory = path.dirname(path.resolve(out));
  await mkdir(directory, { recursive: true });
  await mkdir(labDirectory, { recursive: true });
  await mkdir(logDirectory, { recursive: true });
  requireComputer([...new Set([directory, labDirectory])]);
  progress("package mirrors");
  const source = await readSource(options.mirror);
  const date = sourceDate(source.releases);
  const instance = options.instance ?? DEFAULT_INSTANCE;
  progress("root file system");
  const archive = await ensureRootArchive(instanceOf(instance), source, path.join(logDirectory, "bake.log"));
  const made = await runSetUp({
    settings,
    instance,
    archive,
    progress,
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
  });
  const root = made.directory;
  const disk = diskPath(out);
  try {
    progress("clean-up");
    await restoreSystemFiles(root);
    await cleanUpRoot(root, settings.dataDirectory);
    if (settings.cloud !== undefined) await rememberSetUp(root, setupScript(hostFiles(settings)));
    await options.inspect?.(root);
    const contents = contentsOf({
      settings,
      hostFiles: hostFiles(settings),
      systemFiles: await systemFiles(),
      sources: source.releases,
      kernel: await kernelIn(root),
      packages: await packagesIn(root),
      containerImages: made.containerImages,
    });
    progress("disk");
    const layout = await makeDisk(root, disk, date);
    progress("image");
    await packDisk(disk, `${out}.new`, date);
    const manifest = await manifestOf(contents, `${out}.new`, path.basename(out), layout.disk);
    await writeFile(`${manifestPath(out)}.new`, `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rename(`${out}.new`, out);
    await rename(`${manifestPath(out)}.new`, manifestPath(out));
    return manifest;
  } finally {
    await made.remove();
    if (options.keepDisk !== true) await rm(disk, { force: true });
    for (const file of [out, manifestPath(out)]) await rm(`${file}.new`, { force: true });
  }
}

/** So that a machine whose metadata has this very set-up finds it done; see runner/host/cloud/apply.sh. */
async function rememberSetUp(root: string, setup: string): Promise<void> {
  const memory = path.join(root, "var/lib/buildx-runners/cloud");
  await mkdir(memory, { recursive: true });
  await writeFile(path.join(memory, "applied"), `${createHash("sha256").update(setup).digest("hex")}\n`);
}

/** Packs a root directory for the lab's machines, with the account that they are reached by. */
export async function packRoot(root: string, archive: string): Promise<void> {
  const all = [
    "--xattrs",
    "--xattrs-include=*",
    "--acls",
    "--numeric-owner",
    "--one-file-system",
    "--sparse",
  ];
  await run("tar", ["--create", ...all, "--file", archive, "--directory", root, "."], {
    purpose: "pack the baked root file system",
  });
}
