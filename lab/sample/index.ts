/** The target project of the lab: a small web service and the program that prepares its PostGIS database. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** A file of a project: path relative to its root, with `/`, to text. */
export type ProjectFiles = Readonly<Record<string, string>>;

const directory = path.join(import.meta.dirname, "project");

/** The sample project's files, sorted by path. */
export async function sampleFiles(): Promise<ProjectFiles> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".pyc"))
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
  const texts = await Promise.all(paths.map((file) => readFile(path.join(directory, file), "utf8")));
  return Object.fromEntries(paths.map((file, index) => [file, texts[index] ?? ""]));
}

/** A change that makes init_db.py fail: a migration that refers to a table nobody creates. */
export function brokenInitDb(): ProjectFiles {
  return {
    "db/migrations/0003_opening_hours.sql":
      "ALTER TABLE opening_hours ADD COLUMN closes_at time NOT NULL DEFAULT '18:00';\n",
  };
}

/** A change that has nothing to rebuild but the service's last layers. */
export async function changedApp(comment: string): Promise<ProjectFiles> {
  const file = "app/database.py";
  const text = await readFile(path.join(directory, file), "utf8");
  return { [file]: `${text}\n# ${comment.replaceAll(/[\r\n]+/g, " ")}\n` };
}
