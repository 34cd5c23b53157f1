import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../command-line.ts";
import { type EntryKind, pathOf } from "../../stack/path.ts";

const FILE = `config:
  buildx-runners:fleets:
    - name: cloud
      gcp: { region: europe-west1 }
    - name: linux
      tags: [buildx]
      hosts:
        - address: a.example.com
        - { address: b.example.com, port: 2222 }
        - address: twice.example.com
        - address: twice.example.com
  buildx-runners:projects:
    - path: acme/shop
    - path: acme/blog
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "stack-path-"));
  writeFileSync(join(directory, "Pulumi.dev.yaml"), FILE);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const find = (kind: EntryKind, name: string) => pathOf({ kind, name, stack: "dev", directory });

describe("the path of an entry", () => {
  it.each([
    ["fleet", "linux", "buildx-runners:fleets[1]"],
    ["host", "a.example.com", "buildx-runners:fleets[1].hosts[0]"],
    ["host", "b.example.com:2222", "buildx-runners:fleets[1].hosts[1]"],
    ["project", "acme/blog", "buildx-runners:projects[1]"],
  ] as const)("of %s %s is %s", (kind, name, path) => {
    expect(find(kind, name)).toBe(path);
  });

  it("is refused for an unknown name, with the names of the file", () => {
    expect(() => find("project", "acme/shp")).toThrow(
      new UsageError(
        "Pulumi.dev.yaml has no project acme/shp. Use one of the names in the file: acme/shop, acme/blog",
      ),
    );
    expect(() => find("host", "b.example.com")).toThrow(/b\.example\.com:2222/);
  });

  it("is refused for a name that two entries have", () => {
    expect(() => find("host", "twice.example.com")).toThrow(
      /has 2 entries for host twice\.example\.com: buildx-runners:fleets\[1\]\.hosts\[2\], buildx-runners:fleets\[1\]\.hosts\[3\]/,
    );
  });
});
