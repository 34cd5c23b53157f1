import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withHashes } from "../../../lab/engine/assets.ts";
import { archiveSignature, assetSignature, signatureKey, type Wire } from "../../../lab/engine/wire.ts";

const directory = mkdtempSync(join(tmpdir(), "buildx-runners-assets-"));
afterAll(() => rmSync(directory, { recursive: true }));

function hashIn(value: Wire): unknown {
  return withHashes({ list: [value] });
}

test("a text's hash is that of its content", () => {
  const text = { [signatureKey]: assetSignature, text: "abc" };
  const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(hashIn(text)).toEqual({ list: [{ ...text, hash }] });
});

test("a directory's hash changes with a file's content, its name and its place", () => {
  mkdirSync(join(directory, "a"));
  const archive = { [signatureKey]: archiveSignature, path: directory };
  const file = (name: string, content: string) => {
    writeFileSync(join(directory, name), content);
    return JSON.stringify(hashIn(archive));
  };
  const hashes = [file("one", "1"), file("one", "2"), file("two", "2"), file("a/two", "2")];
  expect(new Set(hashes).size).toBe(4);
  expect(JSON.stringify(hashIn(archive))).toBe(hashes[3]);
});

test("a file that is not there is named", () => {
  const missing = { [signatureKey]: assetSignature, path: join(directory, "missing") };
  expect(() => hashIn(missing)).toThrow(/missing: there is no such file/);
});
