/** What an evaluation of the program costs, told by what it loads and how often it works something out, not by time. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkPipeline } from "../pipeline/check/index.ts";
import { pipelineFor } from "../pipeline/pipeline.ts";
import { targetOf } from "../pipeline/target.ts";
import { parsed, seedValues } from "./configs.ts";

const LISTING = `data:text/javascript,
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { console.error("loaded " + url); return next(url, context); } });`;

/** Modules that a run with a fleet over SSH and one project loads. */
function loaded(): string[] {
  const { stderr, status } = spawnSync(
    process.execPath,
    ["--import", LISTING.replaceAll("\n", ""), "bench/evaluate.ts", "1"],
    // Without the cache that vitest.config.ts names, the program uses its own.
    { encoding: "utf8", env: { ...process.env, NODE_COMPILE_CACHE: undefined } },
  );
  expect(status, stderr).toBe(0);
  return [...stderr.matchAll(/^loaded file:\/\/(.*)$/gm)].map(([, file = ""]) => file);
}

describe("an evaluation", () => {
  const modules = loaded();

  it("of a stack without a cloud loads no package for one, nor what only a command line needs", () => {
    expect(modules.filter((file) => file.endsWith("/index.ts")).length).toBeGreaterThan(0);
    const unwanted =
      /@pulumi\/gcp\/|@gitbeaker|commander|elkjs|\/ssh2\/|\/(lab|doctor|render|delivery|stack|bake)\/[^/]*\.ts$/;
    expect(modules.filter((file) => unwanted.test(file))).toEqual([]);
  });

  it("keeps what it compiled where the packages are, and other users cannot write", () => {
    const cache = "node_modules/.cache/compile";
    expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(100);
    expect(statSync(cache).mode & 0o022).toBe(0);
  });

  it("checks pipelines that are alike once", () => {
    const config = parsed(seedValues());
    const [fleet, project] = [config.fleets[0], config.projects[0]];
    if (!fleet || !project) throw new Error("the seed has a fleet and a project");
    const pipeline = () => pipelineFor(targetOf("dev", project, fleet));
    expect(checkPipeline(pipeline())).toBe(checkPipeline({ ...pipeline(), header: ["another"] }));
  });
});
