/** Who imports whom, types and later imports included: no circle anywhere, and no part that needs the whole. */
import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const files = globSync("**/*.ts", {
  cwd: ROOT,
  exclude: (name) => name === "node_modules" || name === "test",
});

/** Files of the project that each file imports. */
const imports: ReadonlyMap<string, readonly string[]> = new Map(
  files.map((file) => [
    file,
    ts
      .preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
      .map(({ fileName }) => relative(ROOT, join(ROOT, file, "..", fileName))),
  ]),
);

/** Files from each of which every other one can be reached: Tarjan's components of more than one file. */
function circles(): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.size - 1);
    stack.push(file);
    for (const other of imports.get(file) ?? []) {
      if (!order.has(other)) visit(other);
      if (stack.includes(other)) low.set(file, Math.min(low.get(file) ?? 0, low.get(other) ?? 0));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || imports.get(file)?.includes(file)) found.push(circle);
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found;
}

it("sees imports of values, of types, and those that are made later", () => {
  expect(imports.get("index.ts")).toContain("config.ts");
  expect(imports.get("runner/levels.ts")).toContain("runner/fleets/common.ts");
  expect(imports.get("runner/fleets/gcp/kind.ts")).toContain("runner/fleets/gcp/fleet.ts");
});

it("finds no circle", () => {
  expect(circles()).toEqual([]);
});

it("finds no part that imports what is put together from the parts", () => {
  const parts = files.filter((file) => /^(?:config|runner|pipeline)\//.test(file));
  expect(parts.length).toBeGreaterThan(100);
  expect(parts.filter((file) => imports.get(file)?.includes("config.ts"))).toEqual([]);
});
