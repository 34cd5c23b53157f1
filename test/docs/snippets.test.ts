/** YAML in the documentation is what it is said to be: keys of a project, of a fleet, a delivery, or just YAML. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseDelivery } from "../../delivery/config.ts";
import { parsed, seedValues } from "../configs.ts";
import { type Block, pages, placeOf } from "./pages.ts";

const blocks = pages.flatMap((page) =>
  page.blocks.filter(({ words }) => words[0] === "yaml").map((block) => ({ page, block })),
);

/** What the word after `yaml` says of a block. */
const KINDS: Readonly<Record<string, (text: string) => void>> = {
  config: (text) => {
    const values = seedValues();
    Object.assign(values.projects[0] ?? {}, parse(text));
    parsed(values);
  },
  fleet: (text) => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, parse(text));
    parsed(values);
  },
  stack: (text) => {
    parsed({ ...seedValues(), ...parse(text) });
  },
  delivery: (text) => {
    parseDelivery(text, () => true);
  },
  // Held against the generator, or generated: test/docs/pairs.test.ts and test/docs/generated.test.ts.
  generated: () => {},
  // Another program's file.
  other: (text) => void parse(text),
};

const kindOf = ({ words }: Block) => KINDS[words[1] ?? ""];

describe("a block of YAML", () => {
  it("says what it is", () => {
    const unknown = blocks.filter(({ block }) => block.words.length !== 2 || !kindOf(block));
    expect(unknown.map(({ page, block }) => placeOf(page, block))).toEqual([]);
  });

  const cases = blocks
    .filter(({ block }) => block.words[1] !== "generated")
    .map(({ page, block }) => [placeOf(page, block), block] as const);

  it.each(cases)("is that: %s", (_place, block) => {
    kindOf(block)?.(block.text);
  });
});
