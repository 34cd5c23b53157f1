import { expect, vi } from "vitest";
import { benchTest, failureOf, frame, none, stepsOf } from "../../lab/engine/workbench.ts";
import { describeEngines } from "../engine/engines.ts";

vi.setConfig({ testTimeout: 120_000 });

describeEngines("the engine", (kind) => {
  const test = benchTest(kind);

  test("previews without doing anything, creates, then finds nothing to change", async ({ bench }) => {
    const engine = await bench.plan([
      { name: "one", content: "1" },
      { name: "two", digestOf: "one", parent: "group" },
    ]);
    expect(engine.kind).toBe(kind);

    const preview = await engine.preview();
    expect(preview.changes).toEqual({ ...none, create: 2 + frame });
    expect(bench.files).toEqual({});

    const first = await engine.up();
    expect(first.changes).toEqual({ ...none, create: 2 + frame });
    expect(bench.files).toMatchObject({ one: "plain 1", two: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(first.outputs.contents).toEqual({ value: ["plain 1", bench.files.two], secret: false });
    expect(await engine.outputs()).toEqual(first.outputs);

    const second = await engine.up();
    expect(second.changes).toEqual({ ...none, same: 2 + frame });
    expect(stepsOf(second)).toEqual([]);
  });

  test("updates what changed, and what depends on it, naming properties and no values", async ({ bench }) => {
    const files = [{ name: "one", content: "1" }, { name: "two", digestOf: "one" }, { name: "three" }];
    await (await bench.plan(files)).up();
    const before = bench.files;

    const engine = await bench.plan([{ name: "one", content: "changed" }, ...files.slice(1)]);
    const preview = await engine.preview();
    // What `two` will contain is not known before `one` has been written.
    expect(stepsOf(preview)).toEqual(["update one content", "update two content"]);
    expect(bench.files).toEqual(before);

    const result = await engine.up();
    expect(result.changes).toEqual({ ...none, update: 2, same: 1 + frame });
    expect(stepsOf(result)).toEqual(["update one content", "update two content"]);
    expect(bench.files.one).toBe("plain changed");
    expect(bench.files.two).not.toBe(before.two);
    expect(JSON.stringify(result.steps)).not.toContain("plain changed");
  });

  test("replaces: the successor first, the predecessor at the end", async ({ bench }) => {
    await (await bench.plan([{ name: "one", path: "old", content: "1" }])).up();
    const result = await (await bench.plan([{ name: "one", path: "new", content: "1" }])).up();
    expect(result.changes).toEqual({ ...none, replace: 1, same: frame });
    expect(stepsOf(result)).toEqual(["replace one path"]);
    expect(bench.files).toEqual({ new: "plain 1" });
  });

  test("keeps the predecessor when its successor cannot be made", async ({ bench }) => {
    await (await bench.plan([{ name: "one", path: "old", content: "1" }])).up();
    await failureOf((await bench.plan([{ name: "one", path: "new", content: "fail" }])).up());
    expect(bench.files).toEqual({ old: "plain 1" });
    await (await bench.plan([{ name: "one", path: "new", content: "2" }])).up();
    expect(bench.files).toEqual({ new: "plain 2" });
  });

  test("deletes first where that is asked for", async ({ bench }) => {
    const plan = (path: string) => [{ name: "one", path, content: "fail", deleteBeforeReplace: true }];
    await (await bench.plan([{ name: "one", path: "old", content: "1", deleteBeforeReplace: true }])).up();
    await failureOf((await bench.plan(plan("new"))).up());
    expect(bench.files).toEqual({});
  });

  test("makes anew what went with a resource that had to go first", async ({ bench }) => {
    const plan = (path: string) => [
      { name: "host", path, deleteBeforeReplace: true },
      { name: "inside", deletedWith: "host", dependsOn: "host" },
      { name: "beside", dependsOn: "host" },
    ];
    await (await bench.plan(plan("old"))).up();
    bench.tamper("inside", undefined);
    const result = await (await bench.plan(plan("new"))).up();
    expect(result.changes).toEqual({ ...none, replace: 2, same: 1 + frame });
    expect(bench.files).toEqual({ beside: "plain ", inside: "plain ", new: "plain " });
  });
});
