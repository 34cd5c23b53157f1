import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sealStackFile } from "../../../lab/engine/seal.ts";
import { type LabStackOptions, openStack } from "../../../lab/engine/stack-engine.ts";
import { StackError } from "../../../stack/engine.ts";
import { secret } from "../../lab/engine/workbench.ts";

const here = fileURLToPath(new URL("../../lab/engine", import.meta.url));
const passphrase = "open sesame";
let directory: string;

/** A copy of the tests' program, with a stack `test` that makes one file of a secret. */
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-stack-"));
  mkdirSync(join(directory, "files"));
  for (const file of ["Pulumi.yaml", "index.ts"]) {
    copyFileSync(join(here, "program", file), join(directory, file));
  }
  writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  symlinkSync(join(here, "../../../node_modules"), join(directory, "node_modules"));
  const files = [
    { name: "one", path: join(directory, "files/one"), isSecret: true },
    { name: "two", path: join(directory, "files/two"), content: "2" },
  ];
  const text = sealStackFile(
    `# mine\nconfig:\n  files:files: ${JSON.stringify(files)}\n`,
    [{ key: "files:secret", value: secret, secret: true }],
    passphrase,
  );
  writeFileSync(join(directory, "Pulumi.test.yaml"), text);
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (more: Partial<LabStackOptions> = {}, environment: NodeJS.ProcessEnv = {}) =>
  openStack({
    stack: "test",
    directory,
    plugins: { files: join(here, "files-provider.ts") },
    environment: {
      ...process.env,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
      ...environment,
    },
    ...more,
  });

describe("a stack of the lab's engine", () => {
  test("is previewed, updated and destroyed, with its state in the backend's directory", async () => {
    const before = readFileSync(join(directory, "Pulumi.test.yaml"), "utf8");
    const stack = await open();
    expect(stack.describe()).toContain(join(directory, "state"));
    const preview = await stack.preview();
    expect(preview).toMatchObject({ stack: "test", unchanged: 0, warnings: [] });
    const one = preview.changes.find(({ name }) => name === "one");
    expect(one).toMatchObject({
      op: "create",
      type: "files:index:File",
      properties: [],
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await stack.up()).changes.map(({ urn, digest }) => [urn, digest]).sort()).toEqual(
      preview.changes.map(({ urn, digest }) => [urn, digest]).sort(),
    );
    expect(readFileSync(join(directory, "files/one"), "utf8")).toBe(secret);

    // Another process finds the same state.
    writeFileSync(join(directory, "files/two"), "by hand");
    const again = await open();
    expect(await again.preview()).toMatchObject({ changes: [] });
    expect((await again.preview({ refresh: true })).changes).toMatchObject([
      { op: "update", name: "two", properties: ["content"] },
    ]);
    expect(await again.outputs()).toMatchObject({ contents: "[secret]" });
    expect((await again.destroy()).changes.filter(({ op }) => op !== "delete")).toEqual([]);
    expect(readFileSync(join(directory, "Pulumi.test.yaml"), "utf8")).toBe(before);
  });

  test("gives its configuration in plain text", async () => {
    const config = await (await open()).config();
    expect(config["files:secret"]).toEqual({ value: secret, secret: true });
    expect(config["files:prefix"]).toEqual({ value: "plain ", secret: false });
  });

  test.each([
    ["another stack", { stack: "prod" }, {}, "has no file Pulumi.prod.yaml"],
    ["no passphrase", {}, { PULUMI_CONFIG_PASSPHRASE: undefined }, "PULUMI_CONFIG_PASSPHRASE is not set"],
    ["another passphrase", {}, { PULUMI_CONFIG_PASSPHRASE: "x" }, "the passphrase is not the one"],
    ["a bucket", {}, { PULUMI_BACKEND_URL: "gs://state" }, "not gs://state"],
  ])("does not open with %s", async (_, options, environment, words) => {
    const opening = open(options, environment);
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.toBeInstanceOf(StackError);
  });

  test("says why it failed, without the secret", async () => {
    const file = join(directory, "Pulumi.test.yaml");
    writeFileSync(
      file,
      sealStackFile(readFileSync(file, "utf8"), [{ key: "files:crash", value: true }], passphrase),
    );
    const lines: string[] = [];
    const stack = await open({ onOutput: (line) => lines.push(line) });
    const failed = stack.up();
    await expect(failed).rejects.toThrow("the program gives up on [secret]");
    await expect(failed).rejects.toBeInstanceOf(StackError);
    expect(lines.join("\n")).not.toContain(secret);
  });
});

describe("sealing a stack's file", () => {
  test("keeps what is in it, and the salt of what was sealed before", () => {
    const file = join(directory, "Pulumi.test.yaml");
    const before = readFileSync(file, "utf8");
    expect(before).toMatch(/^# mine\n/);
    expect(before).not.toContain(secret);
    const after = sealStackFile(
      before,
      [{ key: "files:list[0].token", value: "another", secret: true }],
      passphrase,
    );
    const salt = /^encryptionsalt: .*$/m;
    expect(after.match(salt)?.[0]).toBe(before.match(salt)?.[0]);
    expect(after).toMatch(/files:list:\n {4}- token:\n {8}secure: v1:/);
    expect(() => sealStackFile(after, [], "another passphrase")).toThrow("the passphrase is not the one");
    expect(() => sealStackFile(after, [{ key: "a:b", value: 1, secret: true }], passphrase)).toThrow(
      "only a text can be secret",
    );
  });
});
