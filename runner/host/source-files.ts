import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The content of each file below a directory beside this module, by its path there, read once. */
export function filesBelow(path: string): ReadonlyMap<string, string> {
  const directory = fileURLToPath(new URL(`./${path}`, import.meta.url));
  const paths = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return new Map(paths.map((file) => [relative(directory, file), readFileSync(file, "utf8")]));
}
