/** Commands in the documentation: each says where it runs, and those that need nothing run here. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsFor, ELSEWHERE, homeless, titleOf } from "./commands.ts";
import { type Copy, copyRepository } from "./copy.ts";
import { placeOf } from "./pages.ts";

describe("every block of commands", () => {
  it("says where it runs", () => {
    expect(homeless().map(({ page, block }) => `${placeOf(page, block)}: ${block.words.join(" ")}`)).toEqual(
      [],
    );
  });

  it("runs here, in the lab or with pulumi, or has its reason why not", () => {
    const titles = commandsFor("elsewhere").map(titleOf);
    expect([...new Set(titles)].sort()).toEqual(Object.keys(ELSEWHERE).sort());
  });
});

describe("commands that run here", () => {
  let copy: Copy;
  beforeAll(() => {
    copy = copyRepository();
  });
  afterAll(() => copy.remove());

  const commands = commandsFor("here").map((command) => [
    `${placeOf(command.page, command.block)}, ${command.block.heading}`,
    command.block.text,
  ]);

  it.each(commands)("%s", async (_place, script) => {
    const { exitCode, text } = await copy.run(script ?? "");
    expect(exitCode, text).toBe(0);
  });
});
