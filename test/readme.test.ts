/** The README's pairs of configuration and generated text: each is what the generator does today. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectFiles } from "../pipeline/publish.ts";
import { parsed, seedValues } from "./configs.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

interface Pair {
  readonly title: string;
  readonly config: string;
  readonly generated: string;
}

const BLOCK = /```yaml config\n([\s\S]*?)```\n\n```(?:yaml|hcl) generated\n([\s\S]*?)```/g;

/** The bold words that begin the last paragraph of this kind before a place. */
const titleBefore = (at: number): string =>
  readme
    .slice(0, at)
    .match(/^\*\*([^*]+)\*\*/gm)
    ?.at(-1)
    ?.slice(2, -2) ?? "";

const pairs: readonly Pair[] = [...readme.matchAll(BLOCK)].map(
  ({ index, 1: config = "", 2: generated = "" }) => ({
    title: titleBefore(index),
    config,
    generated,
  }),
);

function generate(config: string): string {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, parse(config));
  const stack = { ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.example.com" };
  const [project] = stack.projects;
  if (!project) throw new Error("the configuration has no project");
  const { bake, pipeline } = projectFiles(stack, project);
  return `${pipeline.content}\n${bake.content}`;
}

describe("the README", () => {
  it("shows the features in pairs", () => {
    expect(pairs.map(({ title }) => title)).toEqual([
      "A matrix",
      "Build inputs",
      "A native node",
      "Validation",
      "Registries",
      "Signatures",
      "Rollback",
      "Backup, refresh and review",
      "A project's own part",
    ]);
  });

  it.each(pairs)("says of $title what is generated, in this order", ({ config, generated }) => {
    const lines = generate(config).split("\n");
    let from = 0;
    for (const line of generated.trimEnd().split("\n")) {
      const found = lines.indexOf(line, from);
      expect(found, `${line}\nis not among the lines behind\n${lines[from - 1]}`).toBeGreaterThanOrEqual(0);
      from = found + 1;
    }
  });
});
