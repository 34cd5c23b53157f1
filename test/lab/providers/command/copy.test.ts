import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { CommandProvider } from "../../../../lab/providers/command/provider.ts";
import {
  archiveSignature,
  assetSignature,
  signatureKey,
  type WireObject,
} from "../../../../lab/providers/wire.ts";
import { newKey, type SshServer, startSshServer } from "./ssh-server.ts";

const urn = "urn:pulumi:test::shop::command:remote:CopyToRemote::copy";
const provider = new CommandProvider(() => undefined);
const user = newKey();
let server: SshServer;
let directory: string;

beforeAll(async () => {
  server = await startSshServer(user.private);
});
afterAll(() => server.stop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-copy-"));
  mkdirSync(join(directory, "source/below"), { recursive: true });
  writeFileSync(join(directory, "source/top"), "top");
  writeFileSync(join(directory, "source/below/file"), "x".repeat(100_000));
});
afterEach(() => rmSync(directory, { recursive: true }));

function inputsOf(source: WireObject, remotePath: string): WireObject {
  const { port, hostKey } = server;
  const connection = {
    host: "127.0.0.1",
    port,
    user: "admin",
    privateKey: user.private,
    hostKey,
    dialErrorLimit: 0,
  };
  return { connection, source, remotePath: join(directory, remotePath) };
}

async function copied(source: WireObject, remotePath: string): Promise<WireObject> {
  const { inputs, failures } = await provider.check(urn, {}, inputsOf(source, remotePath));
  expect(failures).toBeUndefined();
  return (await provider.create(urn, inputs)).outs;
}

const text = (content: string) => ({ [signatureKey]: assetSignature, text: content, hash: content });
const file = (path: string) => ({ [signatureKey]: assetSignature, path: join(directory, path) });
const archive = (path: string) => ({ [signatureKey]: archiveSignature, path: join(directory, path) });
const names = (path: string) => readdirSync(join(directory, path), { recursive: true }).sort();

test("a text and a file go to their path, directories on the way are made", async () => {
  await copied(text("hello"), "a/b/text");
  expect(readFileSync(join(directory, "a/b/text"), "utf8")).toBe("hello");
  await copied(file("source/below/file"), "a/c/file");
  expect(readFileSync(join(directory, "a/c/file"), "utf8")).toHaveLength(100_000);
  await copied(file("source/top"), "a/c");
  expect(names("a/c")).toEqual(["file", "top"]);
});

test("a directory goes into the remote one, its content alone with a slash at its end", async () => {
  await copied(archive("source"), "whole");
  expect(names("whole")).toEqual(["source", "source/below", "source/below/file", "source/top"]);
  await copied(archive("source/"), "content");
  expect(names("content")).toEqual(["below", "below/file", "top"]);
});

test("a text cannot replace a directory", async () => {
  await expect(copied(text("x"), "source")).rejects.toThrow(/source is a directory/);
});

test("an update copies what changed, and nothing for another connection alone", async () => {
  const olds = await copied(text("one"), "text");
  writeFileSync(join(directory, "text"), "tampered");
  await provider.update("id", urn, olds, { ...olds, connection: { host: "elsewhere.invalid" } });
  expect(readFileSync(join(directory, "text"), "utf8")).toBe("tampered");
  await provider.update("id", urn, olds, { ...olds, source: text("two") });
  expect(readFileSync(join(directory, "text"), "utf8")).toBe("two");
});
