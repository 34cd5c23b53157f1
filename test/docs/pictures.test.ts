/** The pictures of the README are small, and a terminal's output becomes a picture with its text and colours. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { terminalPicture } from "../../docs/generate/terminal.ts";
import { REPOSITORY } from "./pages.ts";

describe("the pictures", () => {
  it("are shown in the README, each under 300 KB", () => {
    const readme = readFileSync(join(REPOSITORY, "README.md"), "utf8");
    const names = readdirSync(join(REPOSITORY, "docs/pictures"));
    expect(names).toEqual(["npm-start.svg", "rendered.png"]);
    for (const name of names) {
      expect(readme).toContain(`](docs/pictures/${name})`);
      expect(statSync(join(REPOSITORY, "docs/pictures", name)).size, name).toBeLessThan(300_000);
    }
  });

  it("have the whole output of a run of npm start", () => {
    const text = readFileSync(join(REPOSITORY, "docs/pictures/npm-start.svg"), "utf8");
    for (const part of ["$ npm start", "Created", "Committed to acme/shop", "is valid", "Stood in for here"])
      expect(text).toContain(part);
  });
});

describe("a picture of a terminal", () => {
  const ESC = "\u001b";
  const texts = (output: string, columns = 20) =>
    [...terminalPicture("t", output, columns).matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, text]) => text);

  it("keeps each line, its colours and what is special in XML", () => {
    expect(texts(`${ESC}[32m✔${ESC}[39m a <b> & c\n\n${ESC}[1mEngine${ESC}[22m\n`)).toEqual([
      '<tspan class="green">✔</tspan> a &lt;b&gt; &amp; c',
      "",
      '<tspan class="bold">Engine</tspan>',
    ]);
  });

  it("cuts lines that are longer than the terminal is wide", () => {
    expect(texts("123456789", 5)).toEqual(["1234…"]);
    expect(texts(`123${ESC}[2m45678`, 5)).toEqual(['123<tspan class="dim">4…</tspan>']);
  });
});
