import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Instance, instanceOf } from "../../../lab/machine/instance.ts";
import { type Entry, journal, record } from "../../../lab/machine/journal.ts";

let instance: Instance;
beforeEach(() => {
  instance = { ...instanceOf(0), runDirectory: mkdtempSync(path.join(tmpdir(), "journal-")) };
});
afterEach(() => rmSync(instance.runDirectory, { recursive: true }));

const entries: Entry[] = [
  { kind: "namespace", name: "buildx-lab" },
  { kind: "link", name: "buildx-lab" },
  { kind: "root", path: "/nowhere" },
];

test("reads back what was written, the last thing first", () => {
  for (const entry of entries) record(instance, entry);
  expect(journal(instance).map((item) => item.entry)).toEqual(entries.toReversed());
});

test("forgets one entry and keeps the others", () => {
  const [first] = entries.map((entry) => record(instance, entry));
  first?.forget();
  expect(journal(instance).map((item) => item.entry.kind)).toEqual(["root", "link"]);
  journal(instance)[0]?.forget();
  expect(journal(instance).map((item) => item.entry.kind)).toEqual(["link"]);
});

test("of what was never up there is nothing to undo", () => {
  expect(journal({ ...instance, runDirectory: path.join(instance.runDirectory, "none") })).toEqual([]);
});
