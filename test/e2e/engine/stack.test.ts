import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePulumi } from "../../../lab/engine/index.ts";
import { StackError, type StackPreview } from "../../../stack/engine.ts";
import { PulumiBench, passphrase, secret } from "./workbench.ts";

/** `update one content`, for files alone. */
const changesOf = ({ changes }: Pick<StackPreview, "changes">): string[] =>
  changes
    .filter(({ type }) => type === "files:index:File")
    .map(({ op, name, properties }) => [op, name, ...properties].join(" "))
    .sort();

const failureOf = async (run: Promise<unknown>): Promise<string> => {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StackError)) throw new Error(`expected a StackError, got ${String(error)}`);
  return error.message;
};

const sorted = (preview: StackPreview) => [...preview.changes].sort((a, b) => a.urn.localeCompare(b.urn));

describe("a stack of the real pulumi", () => {
  let bench: PulumiBench;

  const first = [
    { name: "one", content: "1" },
    { name: "two", digestOf: "one" },
    { name: "moves", content: "m" },
    { name: "goes", content: "g" },
    { name: "hidden", isSecret: true },
  ];
  const second = [
    { name: "one", content: "changed" },
    { name: "two", digestOf: "one" },
    { name: "moves", path: "elsewhere", content: "m" },
    { name: "comes", content: "c" },
    { name: "hidden", isSecret: true },
  ];

  beforeAll(async () => {
    bench = new PulumiBench(await ensurePulumi());
    bench.plan(first);
  });
  afterAll(() => bench.remove());

  test("says what keeps it from being opened, and what to do", async () => {
    expect(await failureOf(bench.open({}, { stack: "other" }))).toMatch(
      /no file Pulumi.other.yaml .* stack:new/,
    );
    writeFileSync(join(bench.repository, "Pulumi.other.yaml"), "config: {}\n");
    expect(await failureOf(bench.open({}, { stack: "other" }))).toMatch(/no stack other .* stack init other/);
    expect(await failureOf(bench.open({ PULUMI_CONFIG_PASSPHRASE: "wrong" }))).toMatch(
      /passphrase is wrong for Pulumi.test.yaml; set PULUMI_CONFIG_PASSPHRASE/,
    );
    expect(await failureOf(bench.open({ PULUMI_BACKEND_URL: "file:///no/such/place" }))).toMatch(
      /backend cannot be reached: .*\/no\/such\/place.*PULUMI_BACKEND_URL/,
    );
  });

  test("previews, applies the plan, and then finds nothing to do", async () => {
    const before = bench.textBelow("repository");
    const stack = await bench.open();
    const plan = join(bench.directory, "plan.json");
    const preview = await stack.preview({ plan });
    expect(changesOf(preview)).toEqual([
      "create goes",
      "create hidden",
      "create moves",
      "create one",
      "create two",
    ]);
    expect(bench.files).toEqual({});
    expect(readFileSync(plan, "utf8")).not.toContain(secret);

    expect(changesOf(await stack.up({ plan }))).toEqual(changesOf(preview));
    expect(bench.lines).toContain("done: create one (files:index:File)");
    expect(bench.files).toMatchObject({ one: "plain 1", hidden: secret });

    const again = await stack.preview();
    // The stack, the component, five files.
    expect(again).toEqual({ stack: "test", changes: [], unchanged: 7, warnings: [] });
    expect(bench.textBelow("repository")).toBe(before);
    expect(existsSync(bench.selection)).toBe(false);
    expect(bench.lines.join("\n")).not.toContain(secret);
  });

  test("names operations and properties, the same at every preview, and no value", async () => {
    bench.plan(second);
    const stack = await bench.open();
    const [one, two] = [await stack.preview(), await stack.preview()];
    expect(changesOf(one)).toEqual([
      "create comes",
      "delete goes",
      "replace moves path",
      "update one content",
      "update two content",
    ]);
    expect(sorted(two)).toEqual(sorted(one));
    const digests = one.changes.map(({ op, digest }) => [op, digest.length]);
    expect(digests).toContainEqual(["delete", 0]);
    expect(new Set(one.changes.map(({ digest }) => digest)).size).toBe(one.changes.length);
    expect(JSON.stringify(one)).not.toMatch(/plain |battery/);

    bench.plan([{ name: "one", content: "changed again" }, ...second.slice(1)]);
    const other = await stack.preview();
    expect(changesOf(other)).toEqual(changesOf(one));
    expect(sorted(other)).not.toEqual(sorted(one));
  });

  test("stops an update that does something else than its plan, at the resource that differs", async () => {
    bench.plan(second);
    const stack = await bench.open();
    const plan = join(bench.directory, "stale.json");
    await stack.preview({ plan });
    bench.plan([...second.slice(0, 3), { name: "comes", content: "not reviewed" }, ...second.slice(4)]);
    const before = bench.files;
    const message = await failureOf(stack.up({ plan }));
    expect(message).toMatch(/would no longer do what its plan says.*review/);
    expect(message).not.toContain("not reviewed");
    expect(bench.files).not.toHaveProperty("comes");
    // Nothing is deleted before the program has ended well.
    expect(bench.files).toHaveProperty("goes", before.goes);
  });

  test("shows no secret of a plan that does not fit any more", async () => {
    bench.plan(second);
    const stack = await bench.open();
    const plan = join(bench.directory, "secret.json");
    await stack.preview({ plan });
    bench.setSecret("new-staple-0815");
    bench.lines.length = 0;
    const message = await failureOf(stack.up({ plan }));
    bench.setSecret(secret);
    expect(message).toContain("would no longer do what its plan says");
    // Of the old one, which is in no configuration any more, the engine itself makes no secret.
    for (const text of [message, bench.lines.join("\n")]) {
      expect(text).toContain("plan");
      expect(text).not.toMatch(/staple/);
    }
  });

  test("looks at what is really there when it is asked to, and changes neither that nor the state", async () => {
    bench.plan(second);
    const stack = await bench.open();
    await stack.up();
    bench.tamper("one", "by hand");
    expect(changesOf(await stack.preview())).toEqual([]);
    expect(changesOf(await stack.preview({ refresh: true }))).toContain("update one content");
    expect(bench.files.one).toBe("by hand");
    expect(changesOf(await stack.preview())).toEqual([]);
  });

  test("hands out the configuration in plain text, and outputs without secrets", async () => {
    const stack = await bench.open();
    expect(await stack.config()).toMatchObject({
      "files:secret": { value: secret, secret: true },
      "files:prefix": { value: "plain ", secret: false },
    });
    expect(await stack.outputs()).toMatchObject({
      contents: "[secret]",
      digests: { one: expect.any(String) },
    });
  });

  test("says that another update has the lock", async () => {
    const locks = join(bench.directory, "backend", ".pulumi", "locks", "organization", "files", "test");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 1, username: "somebody", hostname: "elsewhere", timestamp: "2026-01-01T00:00:00Z" };
    writeFileSync(join(locks, "11111111-2222-3333-4444-555555555555.json"), JSON.stringify(lock));
    const stack = await bench.open();
    expect(await failureOf(stack.up())).toMatch(/another update of stack test .* cancel --stack test/);
    rmSync(join(bench.directory, "backend", ".pulumi", "locks"), { recursive: true });
  });

  test("names the resource that failed, keeps what was done, and goes on from there", async () => {
    const files = (content: string) => [
      { name: "one", content: "1" },
      { name: "hidden", isSecret: true },
      { name: "next", content, dependsOn: "one" },
      { name: "last", dependsOn: "next" },
    ];
    bench.plan(files("fail"));
    const stack = await bench.open();
    expect(await failureOf(stack.up())).toMatch(/^stack test: next: .*cannot write "plain fail"/s);
    expect(bench.files).not.toHaveProperty("next");
    bench.plan(files("2"));
    expect(changesOf(await stack.up())).toEqual(expect.arrayContaining(["create last", "create next"]));
  });

  test("ends when it is told to, and goes on from there", async () => {
    const files = (content: string) => [{ name: "one" }, { name: "two", content, dependsOn: "one" }];
    const stop = new AbortController();
    bench.plan(files("hang"));
    const stack = await bench.open(
      {},
      {
        signal: stop.signal,
        onOutput: (line) => {
          if (/ two /.test(line)) stop.abort();
        },
      },
    );
    expect(await failureOf(stack.up())).toContain("two");
    expect(bench.files).toMatchObject({ one: "plain " });
    bench.plan(files("2"));
    await (await bench.open()).up();
    expect(bench.files).toEqual({ one: "plain ", two: "plain 2" });
  });

  test("destroys nothing where one resource is protected", async () => {
    const files = (protect: boolean) => [{ name: "one" }, { name: "two", protect }, { name: "three" }];
    bench.plan(files(true));
    const stack = await bench.open();
    await stack.up();
    const before = bench.files;
    expect(await failureOf(stack.destroy())).toMatch(/two.*protect/s);
    expect(bench.files).toEqual(before);
    bench.plan(files(false));
    expect(changesOf(await stack.up())).toEqual([]);
  });

  test("destroys, and says what", async () => {
    const stack = await bench.open({ PULUMI_CONFIG_PASSPHRASE: passphrase });
    expect(changesOf(await stack.destroy())).toEqual(["delete one", "delete three", "delete two"]);
    expect(bench.files).toEqual({});
  });
});
