/** From a directory to a disk, with ordinary programs on an ordinary file: no loop device, no mount. */
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../lab/run.ts";
import { stageBootLoader } from "./boot-loader.ts";
import { ESP_VOLUME_ID, ROOT_FILE_SYSTEM_ID, ROOT_HASH_SEED } from "./identifiers.ts";
import { type Extent, type Layout, layOut, partitionTable, SECTOR } from "./partitions.ts";

/** mke2fs of bookworm writes features that trixie's GRUB cannot read; this computer's other defaults are not used either. */
const EXT4_FEATURES =
  "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

/**
 * Makes a disk of a root directory. Owners, modes, links, access lists and extended attributes come along: rootless
 * Docker's layers are made of them.
 *
 * @param date seconds since 1970: nothing on the disk is newer.
 * @returns the disk's layout.
 */
export async function makeDisk(root: string, disk: string, date: number): Promise<Layout> {
  const work = await mkdtemp(`${disk}.`);
  try {
    await stageBootLoader(root, work);
    await agree(root, date);
    await agree(work, date);
    const layout = layOut(await sizeOf(root));
    await writeFile(disk, "");
    await truncate(disk, layout.disk);
    const env = { SOURCE_DATE_EPOCH: String(date), E2FSPROGS_FAKE_TIME: String(date) };
    const step = (purpose: string, command: string, argv: readonly string[], input?: string) =>
      run(command, argv, { purpose, env, ...(input === undefined ? {} : { input }) });
    await step("write the partition table", "sfdisk", ["--quiet", disk], partitionTable(layout));
    await step("make the root file system", "mke2fs", ext4Arguments(root, disk, layout.root));
    await step("make the boot partition", "mkfs.vfat", fatArguments(disk, layout.esp));
    const volume = `${disk}@@${layout.esp.start}`;
    await step("fill the boot partition", "mcopy", ["-i", volume, "-s", "-m", path.join(work, "EFI"), "::"]);
    return layout;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function ext4Arguments(root: string, disk: string, { start, size }: Extent): string[] {
  return [
    ...["-q", "-F", "-t", "ext4", "-O", EXT4_FEATURES, "-b", "4096", "-I", "256", "-m", "1"],
    ...["-L", "root", "-U", ROOT_FILE_SYSTEM_ID, "-d", root],
    // Discarding would start at the file's beginning, where the partition table is.
    ...["-E", `offset=${start},hash_seed=${ROOT_HASH_SEED},root_owner=0:0,nodiscard`],
    ...[disk, `${size / 1024}k`],
  ];
}

function fatArguments(disk: string, { start, size }: Extent): string[] {
  return [
    ...["-F", "32", "-s", "1", "-n", "ESP", "-i", ESP_VOLUME_ID, "--offset", String(start / SECTOR)],
    ...[disk, String(size / 1024)],
  ];
}

/** What was made while baking is dated as the packages' newest state, whenever that was. */
async function agree(directory: string, date: number): Promise<void> {
  const newer = ["-newermt", `@${date}`, "-exec", "touch", "--no-dereference", `--date=@${date}`, "{}", "+"];
  await run("find", [directory, "-xdev", ...newer], { purpose: "date the image's files" });
}

async function sizeOf(directory: string): Promise<number> {
  const { stdout } = await run("du", ["--summarize", "--one-file-system", "--block-size=1", directory]);
  return Number(stdout.split("\t")[0]);
}

/**
 * Packs a disk as Compute Engine imports it: one file `disk.raw` in a tar archive of GNU's old format, with gzip.
 *
 * @see https://cloud.google.com/compute/docs/import/import-existing-image
 */
export async function packDisk(disk: string, archive: string, date: number): Promise<void> {
  const owners = ["--numeric-owner", "--owner=0", "--group=0", `--mtime=@${date}`];
  const name = `--transform=s,^${path.basename(disk).replaceAll(".", "\\.")}$,disk.raw,`;
  const form = ["--format=oldgnu", "--sparse", "--use-compress-program=gzip --no-name -3"];
  const place = ["--directory", path.dirname(disk), path.basename(disk)];
  await run("tar", ["--create", ...form, ...owners, name, "--file", archive, ...place], {
    purpose: "pack the disk",
  });
}
