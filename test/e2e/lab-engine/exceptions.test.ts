/** What an engine does where not everything goes as the program says: deletions, protection, failures, secrets. */
import { expect, vi } from "vitest";
import { benchTest, failureOf, frame, none, secret, stepsOf } from "../../lab/engine/workbench.ts";
import { describeEngines } from "../engine/engines.ts";

vi.setConfig({ testTimeout: 120_000 });

describeEngines("the engine", (kind) => {
  const test = benchTest(kind);

  test("deletes what the program no longer names, dependents first, and all of it in the end", async ({
    bench,
  }) => {
    const files = [{ name: "one" }, { name: "two", dependsOn: "one" }, { name: "three", digestOf: "two" }];
    await (await bench.plan(files)).up();
    const less = await bench.plan([{ name: "one" }]);
    const result = await less.up();
    expect(result.changes).toEqual({ ...none, delete: 2, same: 1 + frame });
    expect(
      result.steps.filter((step) => step.op === "delete").map((step) => step.urn.split("::").at(-1)),
    ).toEqual(["three", "two"]);
    expect(bench.files).toEqual({ one: "plain " });

    expect((await less.destroy()).changes).toEqual({ ...none, delete: 1 + frame });
    expect(bench.files).toEqual({});
    expect(await less.outputs()).toEqual({});
  });

  test("honours retainOnDelete, deletedWith and ignoreChanges", async ({ bench }) => {
    await (
      await bench.plan([
        { name: "host" },
        { name: "kept", retainOnDelete: true },
        { name: "inside", deletedWith: "host" },
        { name: "fixed", content: "1", ignoreChanges: ["content"] },
      ])
    ).up();
    // The provider complains when it is to delete what is gone: `inside` went with its host.
    bench.tamper("inside", undefined);
    const result = await (
      await bench.plan([{ name: "fixed", content: "2", ignoreChanges: ["content"] }])
    ).up();
    expect(result.changes).toEqual({ ...none, delete: 3, same: 1 + frame });
    expect(bench.files).toEqual({ fixed: "plain 1", kept: "plain " });
  });

  test("refuses to delete what is protected", async ({ bench }) => {
    await (await bench.plan([{ name: "one" }, { name: "two", protect: true }])).up();
    const failure = await failureOf((await bench.plan([])).up());
    expect(failure.message).toMatch(/two.*protect/s);
    expect(bench.files).toHaveProperty("two");
  });

  test("stops at a failure, names the resource, keeps what was done and goes on from there", async ({
    bench,
  }) => {
    const files = (content: string) => [
      { name: "one", content: "1" },
      { name: "two", content, dependsOn: "one" },
      { name: "three", dependsOn: "two" },
    ];
    const failure = await failureOf((await bench.plan(files("fail"))).up());
    expect(failure.message).toContain('cannot write "plain fail"');
    expect(failure.message).toContain("two");
    expect(failure.message).not.toContain("    at ");
    const failed = failure.result.steps.filter((step) => step.error !== undefined);
    expect(failed.map((step) => [step.op, step.urn.split("::").at(-1)])).toEqual([["create", "two"]]);
    expect(bench.files).toEqual({ one: "plain 1" });

    const result = await (await bench.plan(files("2"))).up();
    expect(stepsOf(result)).toEqual(["create three", "create two"]);
    expect(bench.files).toEqual({ one: "plain 1", three: "plain ", two: "plain 2" });
  });

  test("reports a refused input with its property", async ({ bench }) => {
    const engine = await bench.plan([{ name: "one", content: "refused" }]);
    expect((await failureOf(engine.preview())).message).toMatch(/one.*content.*must not be refused/s);
  });

  test("deletes nothing when the program fails", async ({ bench }) => {
    await (await bench.plan([{ name: "one" }])).up();
    const failure = await failureOf((await bench.plan([], { "files:crash": true })).up());
    expect(failure.message).toContain("the program gives up on [secret]");
    expect(bench.files).toEqual({ one: "plain " });
  });

  test("keeps secrets out of the state, the results, the events and the errors", async ({ bench }) => {
    const engine = await bench.plan([{ name: "one", isSecret: true }]);
    const result = await engine.up();
    expect(bench.files).toEqual({ one: secret });
    expect(bench.keptText).not.toContain(secret);
    expect(JSON.stringify([result.steps, result.diagnostics, bench.events])).not.toContain(secret);
    expect(result.outputs.contents).toEqual({ value: [secret], secret: true });
    expect((await engine.up()).changes).toEqual({ ...none, same: 1 + frame });
  });

  test("ends when it is told to, and goes on from there", async ({ bench }) => {
    const files = (content: string) => [{ name: "one" }, { name: "two", content, dependsOn: "one" }];
    const stop = new AbortController();
    bench.onEvent = (event) => {
      if (event.kind === "step-started" && event.urn.endsWith("::two")) {
        stop.abort();
      }
    };
    await failureOf((await bench.plan(files("hang"), {}, stop.signal)).up());
    expect(bench.files).toEqual({ one: "plain " });
    await (await bench.plan(files("2"))).up();
    expect(bench.files).toEqual({ one: "plain ", two: "plain 2" });
  });

  test("takes the real state over on refresh, and repairs it with the next up", async ({ bench }) => {
    const engine = await bench.plan([{ name: "one", content: "1" }, { name: "two" }]);
    await engine.up();
    bench.tamper("one", "somebody else's");
    bench.tamper("two", undefined);
    await engine.refresh();
    expect(stepsOf(await engine.up())).toEqual(["create two", "update one content"]);
    expect(bench.files).toEqual({ one: "plain 1", two: "plain " });
  });
});
