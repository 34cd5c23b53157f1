/** The figures in bench/README.md: each benchmark's stand between two markers that name it. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const README = fileURLToPath(new URL("README.md", import.meta.url));

/**
 * @returns the text before a benchmark's figures, they themselves, and the text after them.
 * @throws {Error} where the markers are missing.
 */
export function figuresIn(
  page: string,
  name: string,
): readonly [before: string, figures: string, after: string] {
  const [begin, end] = [`<!-- figures of ${name} -->\n`, `<!-- end of figures of ${name} -->\n`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has no place for the figures of ${name}`);
  const start = from + begin.length;
  return [page.slice(0, start), page.slice(start, to), page.slice(to)];
}

export const recorded = (name: string): string => figuresIn(readFileSync(README, "utf8"), name)[1].trim();

/** Writes figures down, with the day and the commit they are of. */
export function record(name: string, figures: string): void {
  const git = (...argv: string[]) =>
    execFileSync("git", argv, { cwd: fileURLToPath(new URL(".", import.meta.url)), encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "..", ":!README.md") === "" ? "" : ", with changes";
  const of = `${new Date().toISOString().slice(0, 10)}, commit ${git("rev-parse", "--short", "HEAD")}${changed}`;
  const [before, , after] = figuresIn(readFileSync(README, "utf8"), name);
  writeFileSync(README, `${before}\n${figures.trim()}\n\nMeasured: ${of}.\n\n${after}`);
}
