/** Links between pages lead somewhere, and every page is found from the index. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorsOf, pages, parsePage, placeOf, REPOSITORY, resolveLink } from "./pages.ts";

const isElsewhere = (target: string): boolean => /^[a-z]+:/.test(target);

function wrongLinks(): string[] {
  return pages.flatMap((page) =>
    page.links
      .filter(({ target }) => !isElsewhere(target))
      .filter((link) => {
        const [path = "", anchor] = link.target.split("#");
        const name = path === "" ? page.name : resolveLink(page, path);
        if (name.startsWith("..") || !existsSync(join(REPOSITORY, name))) return true;
        const target = pages.find((one) => one.name === name);
        return anchor !== undefined && !(target && anchorsOf(target).has(anchor));
      })
      .map((link) => `${placeOf(page, link)}: ${link.target}`),
  );
}

describe("links", () => {
  it("lead to files and headings that exist", () => {
    expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(60);
    expect(wrongLinks()).toEqual([]);
  });

  it("lead from the README to every page", () => {
    const reached = new Set(["README.md"]);
    for (const name of reached) {
      const page = pages.find((one) => one.name === name);
      for (const { target } of page?.links ?? [])
        if (page && !isElsewhere(target)) reached.add(resolveLink(page, target.split("#")[0] ?? ""));
    }
    expect(pages.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });

  it("lead to files that are in the repository", () => {
    const known = new Set(
      execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
        cwd: REPOSITORY,
        encoding: "utf8",
      }).split("\n"),
    );
    const files = pages.flatMap((page) =>
      page.links
        .filter(({ target }) => !isElsewhere(target) && !target.startsWith("#"))
        .map(({ target }) => resolveLink(page, target.split("#")[0] ?? "")),
    );
    const isKnown = (file: string) => known.has(file) || [...known].some((one) => one.startsWith(`${file}/`));
    expect([...new Set(files)].filter((file) => !isKnown(file))).toEqual([]);
  });
});

describe("a page", () => {
  it("is read with its blocks, also indented ones, and without the links and headings in them", () => {
    const text =
      "# One\n\n1. Do\n\n   ```sh here\n   # [x](y)\n     z\n   ```\n\n## `Two`, and more\n[a](b#c) `[d](e)`\n";
    expect(parsePage(text)).toEqual({
      headings: ["One", "`Two`, and more"],
      blocks: [{ words: ["sh", "here"], text: "# [x](y)\n  z\n", line: 5, heading: "One" }],
      links: [{ target: "b#c", line: 11 }],
    });
    expect(anchorsOf({ name: "", text, ...parsePage(text) })).toEqual(new Set(["one", "two-and-more"]));
  });
});
