/** What an engine does about the real resources: drift seen before an update, protection, and resources taken over. */
import { expect, vi } from "vitest";
import type { EngineResult } from "../../../lab/engine/index.ts";
import { benchTest, failureOf, frame, none, secret, stepsOf } from "../../lab/engine/workbench.ts";
import { describeEngines } from "../engine/engines.ts";

const digestsOf = (result: EngineResult) =>
  Object.fromEntries(result.steps.map(({ urn, digest }) => [urn.split("::").at(-1), digest]));

vi.setConfig({ testTimeout: 120_000 });

describeEngines("the engine", (kind) => {
  const test = benchTest(kind);

  test("sees in a preview with refresh what was changed by hand, and keeps the state as it was", async ({
    bench,
  }) => {
    const engine = await bench.plan([{ name: "one", content: "1" }, { name: "two" }, { name: "three" }]);
    await engine.up();
    bench.tamper("one", "somebody else's");
    bench.tamper("two", undefined);
    const kept = bench.keptResources;
    const seen = await engine.preview({ refresh: true });
    const steps = stepsOf(seen).filter((step) => !step.startsWith("refresh"));
    expect(steps).toEqual(["create two", "update one content"]);
    expect(seen.changes).toMatchObject({ create: 1, update: 1, same: 1 + frame });
    expect(bench.files).toMatchObject({ one: "somebody else's" });
    expect(bench.keptResources).toBe(kept);
    expect(stepsOf(await engine.preview())).toEqual([]);
  });

  test("tells by a digest whether two previews would do the same, and not what a secret is", async ({
    bench,
  }) => {
    const files = (content: string) => [
      { name: "one", content },
      { name: "two", digestOf: "one" },
      { name: "hidden", isSecret: true },
    ];
    const seen = async (content: string) => digestsOf(await (await bench.plan(files(content))).preview());
    const first = await seen("1");
    expect(first).toMatchObject({ one: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await seen("1")).toEqual(first);
    const other = await seen("2");
    expect(other).toEqual({ ...first, one: other.one });
    expect(other.one).not.toBe(first.one);
    expect(JSON.stringify(first)).not.toContain(secret);
  });

  test("destroys nothing where one resource is protected; once it is not, all but what is to be retained", async ({
    bench,
  }) => {
    const files = (protect: boolean) => [
      { name: "one" },
      { name: "two", protect },
      { name: "three", retainOnDelete: true },
    ];
    const engine = await bench.plan(files(true));
    await engine.up();
    expect((await failureOf(engine.destroy())).message).toMatch(/two.*protect/s);
    expect(Object.keys(bench.files)).toEqual(["one", "three", "two"]);
    const open = await bench.plan(files(false));
    expect((await open.up()).changes).toEqual({ ...none, same: 3 + frame });
    expect((await open.destroy()).changes).toEqual({ ...none, delete: 3 + frame });
    expect(bench.files).toEqual({ three: "plain " });
  });

  test("takes over what is there, makes it what the program says, and then manages it", async ({ bench }) => {
    bench.tamper("one", "plain there");
    bench.tamper("two", "another");
    const plan = (content: string) =>
      bench.plan(["one", "two"].map((name) => ({ name, content, isImported: true })));
    const engine = await plan("there");
    expect(stepsOf(await engine.preview())).toEqual(["import one", "import two"]);
    expect(bench.files).toMatchObject({ two: "another" });
    expect(stepsOf(await engine.up())).toEqual(["import one", "import two"]);
    expect(bench.files).toEqual({ one: "plain there", two: "plain there" });
    expect(stepsOf(await engine.preview())).toEqual([]);
    const changes = await (await plan("changed")).up();
    expect(stepsOf(changes)).toEqual(["update one content", "update two content"]);
  });

  test("takes nothing over that is not there", async ({ bench }) => {
    const engine = await bench.plan([{ name: "one", content: "1", isImported: true }]);
    // The SDK's server answers for what is gone with properties, though without any: hence the latter words.
    expect((await failureOf(engine.up())).message).toMatch(/one.* does not (exist|support importing)/s);
    expect(bench.files).toEqual({});
  });
});
