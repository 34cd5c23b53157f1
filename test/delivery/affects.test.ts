import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { affectingFiles } from "../../delivery/affects.ts";

const affects = picomatch([...affectingFiles("dev")], { dot: true });

/** Files that a module loads, by import or as text beside it: paths below the repository's root. */
function loadedBy(module: string): string[] {
  const text = readFileSync(module, "utf8");
  const names = [
    ...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g),
    ...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g),
  ].flatMap(([, name]) => name ?? []);
  return names.map((name) => join(dirname(module), name));
}

/** Everything that the program is made of. */
function program(): Set<string> {
  const found = new Set(["main.ts"]);
  for (const file of found)
    if (file.endsWith(".ts")) for (const other of loadedBy(file)) if (existsSync(other)) found.add(other);
  return found;
}

describe("what affects a stack", () => {
  it("is every file that the program loads", () => {
    const files = [...program()];
    // An empty walk would prove nothing.
    expect(files).toEqual(
      expect.arrayContaining([
        "config/schema.ts",
        "runner/fleets/gcp/fleet.ts",
        "pipeline/publish.ts",
        "pipeline/tools.json",
      ]),
    );
    expect(files.filter((file) => !affects(file.endsWith("/") ? `${file}x` : file))).toEqual([]);
  });

  it("is its own configuration, and the packages", () => {
    for (const file of ["Pulumi.dev.yaml", "Pulumi.yaml", "package-lock.json", "sdks/gitlab/package.json"])
      expect(affects(file), file).toBe(true);
  });

  it("is no other stack's, and nothing that only people read or tests use", () => {
    for (const file of [
      "Pulumi.prod.yaml",
      "README.md",
      "docs/index.ts",
      "lab/index.ts",
      "test/config/config.test.ts",
    ])
      expect(affects(file), file).toBe(false);
  });
});
