import { describe, expect, it } from "vitest";
import { layOut, partitionTable } from "../../bake/partitions.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

describe("the disk's layout", () => {
  it("is a whole number of GiB, with the root partition last", () => {
    expect(layOut(1.6 * GIB - ((1.6 * GIB) % 1))).toEqual({
      disk: 3 * GIB,
      esp: { start: MIB, size: 124 * MIB },
      root: { start: 125 * MIB, size: 3 * GIB - MIB - 125 * MIB },
    });
  });

  it("leaves room in the root partition, however close the tree comes to the next GiB", () => {
    for (let bytes = 100 * MIB; bytes < 9 * GIB; bytes += 97 * MIB) {
      const { disk, esp, root } = layOut(bytes);
      expect(disk % GIB).toBe(0);
      expect(esp.start + esp.size).toBe(root.start);
      // The copy of the partition table needs 33 sectors.
      expect(disk - (root.start + root.size)).toBeGreaterThanOrEqual(33 * 512);
      expect(root.size - bytes).toBeGreaterThan(512 * MIB);
      for (const extent of [esp, root]) {
        expect(extent.start % MIB).toBe(0);
        expect(extent.size % MIB).toBe(0);
      }
    }
  });

  it("takes the smallest disk that will do", () => {
    expect(layOut(300 * MIB).disk).toBe(GIB);
    expect(layOut(400 * MIB).disk).toBe(2 * GIB);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a tree of %s bytes", (bytes) => {
    expect(() => layOut(bytes)).toThrow(`a root file system of ${bytes} bytes`);
  });
});

describe("the partition table", () => {
  it("gives sfdisk sectors, types and fixed ids", () => {
    const lines = partitionTable(layOut(GIB)).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "label: gpt",
      "label-id: 6a2b7c1e-52a5-4b1f-8a4c-0b6f3d0e9a10",
      "unit: sectors",
      "sector-size: 512",
    ]);
    expect(lines[5]).toMatch(
      /^start=2048, size=253952, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=[0-9a-f-]{36}, name=ESP$/,
    );
    expect(lines[6]).toMatch(
      /^start=256000, size=\d+, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=[0-9a-f-]{36}, name=root$/,
    );
  });
});
