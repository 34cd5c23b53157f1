/** A page of Markdown with generated parts between hand-written ones. */
import { UsageError } from "../../command-line.ts";

const begin = (part: string): string => `<!-- begin of the generated ${part}: npm run docs -->`;
const end = (part: string): string => `<!-- end of the generated ${part} -->`;

/**
 * The page with a part written anew.
 *
 * @param name of the page, for errors.
 * @param part what stands between the marks: `table of keys`.
 * @throws {UsageError} where the page has no place for it.
 *
 * @example
 * withPart(page, "docs/configuration.md", "tables of keys", referenceTables());
 */
export function withPart(page: string, name: string, part: string, content: string): string {
  const [from, to] = [page.indexOf(begin(part)), page.indexOf(end(part))];
  if (from < 0 || to < from)
    throw new UsageError(
      `${name} has no lines '${begin(part)}' and '${end(part)}': add them where the ${part} belongs`,
    );
  return `${page.slice(0, from)}${begin(part)}\n\n${content.trim()}\n\n${page.slice(to)}`;
}

/** Text for a cell of a table. */
export const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** A table of Markdown; cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join("\n");
}
