/** The pairs in docs/pipeline.md, of configuration and generated text: each is what the generator does today. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectFiles } from "../../pipeline/publish.ts";
import { parsed, seedValues } from "../configs.ts";
import { type Block, readPage } from "./pages.ts";

interface Pair {
  readonly title: string;
  readonly config: string;
  readonly generated: string;
}

const isKind = (block: Block | undefined, kind: string): block is Block => block?.words[1] === kind;

/** Blocks of which one follows the other at once, under the heading that they stand below. */
const pairs: readonly Pair[] = readPage("docs/pipeline.md").blocks.flatMap((block, index, blocks) => {
  const next = blocks[index + 1];
  const end = block.line + block.text.split("\n").length;
  if (!isKind(block, "config") || !isKind(next, "generated") || next.line !== end + 2) return [];
  return [{ title: block.heading, config: block.text, generated: next.text }];
});

function generate(config: string): string {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, parse(config));
  const stack = { ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.example.com" };
  const [project] = stack.projects;
  if (!project) throw new Error("the configuration has no project");
  const { bake, pipeline } = projectFiles(stack, project);
  return `${pipeline.content}\n${bake.content}`;
}

describe("the page of the pipeline", () => {
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
