/** The documentation as its tests see it: pages, their headings, links, and blocks of code. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of code. */
export interface Block {
  /** What stands after the fence: `sh`, `here`. */
  readonly words: readonly string[];
  readonly text: string;
  /** Line of its fence, from 1. */
  readonly line: number;
  /** The heading above it. */
  readonly heading: string;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

export interface Page {
  /** Below the repository. */
  readonly name: string;
  readonly text: string;
  readonly headings: readonly string[];
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
}

function pageNames(): string[] {
  const docs = readdirSync(join(REPOSITORY, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  return ["README.md", ...docs, "bench/README.md", "lab/README.md", "policy/README.md"].sort();
}

const FENCE = /^( *)(`{3,})(.*)$/;

/** @param name below the repository. */
export function readPage(name: string): Page {
  const text = readFileSync(join(REPOSITORY, name), "utf8");
  return { name, text, ...parsePage(text) };
}

/** The parts of a page. Fences may be indented, as in lists. */
export function parsePage(text: string): Pick<Page, "headings" | "blocks" | "links"> {
  const headings: string[] = [];
  const blocks: Block[] = [];
  const links: Link[] = [];
  let open: { indent: string; fence: string; words: string[]; lines: string[]; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open) {
      if (fence?.[2] === open.fence && fence[3]?.trim() === "") {
        const { words, lines, line: at } = open;
        blocks.push({ words, text: `${lines.join("\n")}\n`, line: at, heading: headings.at(-1) ?? "" });
        open = undefined;
      } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trim());
    } else if (fence) {
      const words = (fence[3] ?? "").trim().split(/\s+/).filter(Boolean);
      open = { indent: fence[1] ?? "", fence: fence[2] ?? "", words, lines: [], line: index + 1 };
    } else {
      const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
      if (heading !== undefined) headings.push(heading.trim());
      for (const [, target = ""] of line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g))
        links.push({ target, line: index + 1 });
    }
  }
  return { headings, blocks, links };
}

/** Every page of the documentation. */
export const pages: readonly Page[] = pageNames().map(readPage);

/** Where a block stands, for names of tests and messages. */
export const placeOf = (page: Page, { line }: { readonly line: number }): string => `${page.name}:${line}`;

/**
 * The anchors of a page, as GitLab and GitHub make them of its headings.
 * @see https://docs.gitlab.com/user/markdown/#heading-ids-and-links
 */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const seen = new Map<string, number>();
  return new Set(
    page.headings.map((heading) => {
      const slug = heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(/\s/g, "-");
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

/** A path of the repository as a link in a page names it. */
export const resolveLink = (page: Page, path: string): string =>
  relative(REPOSITORY, join(REPOSITORY, page.name, "..", path));
