/** Runbooks say what a reader needs before the first command, and name things by their names. */
import { describe, expect, it } from "vitest";
import { pages, placeOf } from "./pages.ts";

const runbooks = pages.filter(
  ({ name }) => name.startsWith("docs/runbooks/") && !name.endsWith("/README.md"),
);
const cases = runbooks.map((page) => [page.name, page] as const);

/** Blocks that run on a reader's computer. */
const commands = (page: (typeof runbooks)[number]) =>
  page.blocks.filter(({ words }) => ["pulumi", "lab"].includes(words[1] ?? ""));

describe("a runbook", () => {
  it("is one of those that the index lists", () => {
    expect(runbooks.length).toBeGreaterThan(10);
  });

  it.each(cases)("begins with what is needed: %s", (_name, page) => {
    expect(page.text).toMatch(/^# .+\n\n> \*\*Before you start\*\*\n>\n> \* /);
    const box = page.text.slice(0, page.text.indexOf("\n\n", page.text.indexOf("> **")));
    const used = commands(page).flatMap(({ text }) => [...text.matchAll(/\$([A-Z_]+)/g)]);
    const names = new Set(used.map(([, name = ""]) => name));
    expect([...names].filter((name) => !box.includes(name))).toEqual([]);
  });

  it.each(cases)("names the stack in every command, and nothing by an index: %s", (_name, page) => {
    const without = commands(page).flatMap((block) =>
      block.text
        .split("\n")
        .filter((line) => /npm run (?:--silent )?(?:pulumi|stack:path|doctor)/.test(line))
        .filter((line) => !line.includes('--stack "$STACK"'))
        .map((line) => `${placeOf(page, block)}: ${line}`),
    );
    expect(without).toEqual([]);
    expect(page.text).not.toMatch(/\[\d+\]/);
  });

  it.each(cases)("names its tests at the end: %s", (_name, page) => {
    const [text = "", tests] = page.text.split("\n---\n\nTests: ");
    expect(tests).toMatch(/`test\/.*\.test\.ts`/);
    expect(text).not.toMatch(/`test\//);
  });
});
