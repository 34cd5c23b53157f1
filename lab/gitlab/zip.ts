import { crc32 } from "node:zlib";

/** 1 January 1980, the first day that the format knows. */
const date = (1 << 5) | 1;
const version = 20;
/** File names are UTF-8. */
const utf8 = 0x0800;

/**
 * A zip archive of files as they are, without compression.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function storedZip(files: ReadonlyMap<string, Buffer>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const facts = common(name, content);
    const body = Buffer.concat([numbers([[0x04034b50, 4]]), facts, name, content]);
    directory.push(
      Buffer.concat([
        numbers([
          [0x02014b50, 4],
          [version, 2],
        ]),
        facts,
        // Comment, disk, internal and external attributes, and where the file begins.
        numbers([
          [0, 2],
          [0, 2],
          [0, 2],
          [0, 4],
          [offset, 4],
        ]),
        name,
      ]),
    );
    bodies.push(body);
    offset += body.length;
  }
  const index = Buffer.concat(directory);
  const { size } = files;
  const end = numbers([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [size, 2],
    [size, 2],
    [index.length, 4],
    [offset, 4],
    [0, 2],
  ]);
  return Buffer.concat([...bodies, index, end]);
}

/** What both headers of a file say. */
function common(name: Buffer, content: Buffer): Buffer {
  const { length } = content;
  return numbers([
    ...([
      [version, 2],
      [utf8, 2],
      [0, 2],
      [0, 2],
      [date, 2],
    ] as const),
    ...([
      [crc32(content), 4],
      [length, 4],
      [length, 4],
      [name.length, 2],
      [0, 2],
    ] as const),
  ]);
}

/** Little-endian numbers, each with its count of bytes. */
function numbers(list: readonly (readonly [value: number, bytes: number])[]): Buffer {
  return Buffer.concat(
    list.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, bytes);
      return buffer;
    }),
  );
}
