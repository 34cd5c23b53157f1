/** The page as a browser shows it: read and measured there. Skipped where there is no chromium on PATH. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawnStack, everyProject } from "./stacks.ts";

/** Runs in the browser: texts that its fonts make wider than their boxes. */
const OUTSIDE = `[...document.querySelectorAll(".node")].flatMap((node) => {
  const box = node.querySelector(".box").getBBox();
  return [...node.querySelectorAll("text")]
    .filter((text) => {
      const { x, y, width, height } = text.getBBox();
      return x < box.x || x + width > box.x + box.width || y < box.y || y + height > box.y + box.height + 1;
    })
    .map((text) => text.textContent);
})`;

/** Runs in the browser: boxes of one diagram that cover each other. */
const OVERLAPPING = `[...document.querySelectorAll("svg.diagram")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll(".node > .box")].map((box) => box.getBoundingClientRect());
  return boxes.flatMap((a, index) => boxes.slice(index + 1)
    .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
    .map((b) => [a.left, a.top, b.left, b.top].join(" ")));
})`;

const executablePath = (process.env.PATH ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "chromium"))
  .find((path) => existsSync(path));

describe.skipIf(executablePath === undefined)("the page in a browser (needs chromium on PATH)", () => {
  let browser: Browser;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "buildx-runners-page-"));
    const files = await drawnStack(everyProject());
    writeFileSync(join(directory, "index.html"), files.get("diagrams/index.html") ?? "");
    // As root, in containers and in pipelines, Chromium has no sandbox; the page is our own.
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([
    ["a desk", 1440, "light"],
    ["a phone", 390, "dark"],
  ] as const)(
    "fits %s: no error, nothing wider than the page, no text outside its box",
    async (_, width, colorScheme) => {
      const tab = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const errors: string[] = [];
      tab.on("console", (message) => errors.push(message.text()));
      tab.on("pageerror", (error) => errors.push(error.message));
      await tab.goto(`file://${directory}/index.html`);
      expect(await tab.evaluate("document.querySelectorAll('.node > .box').length")).toBeGreaterThan(50);
      expect(await tab.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
      expect(await tab.evaluate(OUTSIDE)).toEqual([]);
      expect(await tab.evaluate(OVERLAPPING)).toEqual([]);
      expect(errors).toEqual([]);
      await tab.close();
    },
  );
});
