import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { nodePath } from "../../../lab/engine/node.ts";
import { Workbench } from "./workbench.ts";

const bench = new Workbench("in-process");
afterEach(() => bench.remove());

test("a run that was killed half-way is finished by the next one, which tells what was under way", {
  timeout: 60_000,
}, async () => {
  const files = (content: string) => [
    { name: "one", content: "1" },
    { name: "two", content, dependsOn: "one" },
  ];
  await bench.plan(files("hang"));
  const script = fileURLToPath(new URL("up.ts", import.meta.url));
  const child = spawn(nodePath(), [script, bench.configFile, bench.stateDirectory], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const state = join(bench.stateDirectory, "test.state.json");
  await vi.waitFor(() => expect(readFileSync(state, "utf8")).toMatch(/"op": "create"/), { timeout: 30_000 });
  await vi.waitFor(() => expect(readFileSync(state, "utf8")).toMatch(/::two",\s+"op": "create"/), {
    timeout: 30_000,
  });
  child.kill("SIGKILL");
  await ended;
  expect(bench.files).toEqual({ one: "plain 1" });

  const result = await (await bench.plan(files("2"))).up();
  expect(result.diagnostics).toContainEqual({
    severity: "warning",
    message: expect.stringContaining("the last run ended in the middle of this resource's create"),
    urn: expect.stringMatching(/::two$/),
  });
  expect(bench.files).toEqual({ one: "plain 1", two: "plain 2" });
  const ops = result.steps.filter((step) => step.type === "files:index:File").map((step) => step.op);
  expect(ops).toEqual(["same", "create"]);
});
