import { readdirSync, readFileSync } from "node:fs";

/** The content of each file in a directory beside this module, by name, read once. */
export function directoryOf(path: string): ReadonlyMap<string, string> {
  const directory = new URL(`./${path}/`, import.meta.url);
  const names = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
  return new Map(names.map((name) => [name, readFileSync(new URL(name, directory), "utf8")]));
}
