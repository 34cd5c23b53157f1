import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig, readProject } from "../../../lab/engine/config.ts";
import type { ConfigEntry } from "../../../lab/engine/index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-config-"));
  const project = { name: "shop", config: { size: { type: "integer", default: 3 }, "aws:region": "eu" } };
  writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify(project));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(file: string, config: readonly ConfigEntry[] = [], passphrase = "open sesame") {
  const configFile = join(directory, "Pulumi.dev.yaml");
  writeFileSync(configFile, file);
  const project = readProject(directory);
  return loadConfig({
    project,
    stack: "dev",
    configFile,
    config,
    stateDirectory: join(directory, "state"),
    passphrase,
  });
}

test("values reach a program as texts and JSON, with the project's defaults", () => {
  const { values, secretKeys } = load("config:\n  shop:list: [{ a: 1 }]\n  shop:flag: true\n  name: x\n");
  expect(values).toEqual({
    "aws:region": "eu",
    "shop:flag": "true",
    "shop:list": '[{"a":1}]',
    "shop:name": "x",
    "shop:size": "3",
  });
  expect(secretKeys).toEqual([]);
});

test("values are set on top by path, secrets encrypted, and the stack's own file is left alone", () => {
  const file = "# mine\nconfig:\n  shop:fleets:\n    - hosts: [{ address: a.example }]\n";
  const config = load(file, [
    { key: "shop:fleets[0].hosts[0].privateKey", value: "the-private-key", secret: true },
    { key: "shop:fleets[0].certificates[0]", value: "pem" },
    { key: "gitlab:token", value: "the-token", secret: true },
  ]);
  expect(JSON.parse(config.values["shop:fleets"] ?? "")).toEqual([
    { hosts: [{ address: "a.example", privateKey: "the-private-key" }], certificates: ["pem"] },
  ]);
  expect(config.secretKeys).toEqual(["shop:fleets", "gitlab:token"]);
  expect(config.secrets).toEqual(["the-private-key", "the-token"]);
  const effective = readFileSync(config.file, "utf8");
  expect(effective).not.toMatch(/the-private-key|the-token/);
  expect(statSync(config.file).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(directory, "Pulumi.dev.yaml"), "utf8")).toBe(file);
  // What was encrypted once reads back: the effective file is a stack file like any other.
  expect(load(effective).values).toEqual(config.values);
});

test("mistakes are told with their place", () => {
  expect(() => load("config:\n  shop:key: { secure: set-by-hand }\n")).toThrow(
    /Pulumi\.dev\.yaml: shop:key: .*format/,
  );
  expect(() =>
    load("config: {}\n", [
      { key: "shop:a[0]", value: 1 },
      { key: "shop:a.b", value: 1 },
    ]),
  ).toThrow("shop:a.b: the path does not fit");
  const { file } = load("config: {}\n", [{ key: "shop:a", value: "b", secret: true }]);
  expect(() => load(readFileSync(file, "utf8"), [], "another")).toThrow(/passphrase is not the one/);
});
