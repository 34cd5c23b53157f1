/** The disk's parts, in numbers. */
import { DISK_ID, ESP_PARTITION_ID, ROOT_PARTITION_ID } from "./identifiers.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
export const SECTOR = 512;

/** A part of the disk, in bytes from its beginning. */
export interface Extent {
  readonly start: number;
  readonly size: number;
}

export interface Layout {
  /** In bytes; a whole number of GiB, as Compute Engine wants it. */
  readonly disk: number;
  /** The EFI system partition. */
  readonly esp: Extent;
  readonly root: Extent;
}

/** Two boot loaders fit, while one replaces the other; less than 33 MiB cannot be FAT32. */
const ESP_SIZE = 124 * MIB;
/** Before the first partition the table, behind the last one its copy; both rounded up to what storage likes. */
const MARGIN = MIB;
/** What a file system keeps for itself, and what a first boot writes before the disk has grown. */
const OVERHEAD = 1.15;
const ROOM = 512 * MIB;

/**
 * The smallest disk that a tree of this size fits on. The machine's own disk may be as large as the template says: the
 * root partition is the last one, so that it can grow.
 *
 * @param rootBytes what the tree takes on this computer's disk.
 * @throws RangeError when that is no size.
 * @example
 * layOut(2 * 1024 ** 3).disk; // 3 GiB in bytes
 */
export function layOut(rootBytes: number): Layout {
  if (!Number.isSafeInteger(rootBytes) || rootBytes <= 0)
    throw new RangeError(`a root file system of ${rootBytes} bytes`);
  const esp = { start: MARGIN, size: ESP_SIZE };
  const start = esp.start + esp.size;
  const wanted = start + Math.ceil(rootBytes * OVERHEAD) + ROOM + MARGIN;
  const disk = Math.ceil(wanted / GIB) * GIB;
  return { disk, esp, root: { start, size: disk - MARGIN - start } };
}

/** As the UEFI specification and the Discoverable Partitions Specification name them. */
const ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
const ROOT_TYPE = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709";

/**
 * The layout as sfdisk reads it.
 * @see https://man7.org/linux/man-pages/man8/sfdisk.8.html#INPUT_FORMATS
 */
export function partitionTable({ esp, root }: Layout): string {
  const line = ({ start, size }: Extent, rest: string) =>
    `start=${start / SECTOR}, size=${size / SECTOR}, ${rest}`;
  return `label: gpt
label-id: ${DISK_ID}
unit: sectors
sector-size: ${SECTOR}

${line(esp, `type=${ESP_TYPE}, uuid=${ESP_PARTITION_ID}, name=ESP`)}
${line(root, `type=${ROOT_TYPE}, uuid=${ROOT_PARTITION_ID}, name=root`)}
`;
}
