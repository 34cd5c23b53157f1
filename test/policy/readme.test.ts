import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rules } from "../../policy/rules/index.ts";

const page = readFileSync(new URL("../../policy/README.md", import.meta.url), "utf8");

it("lists every rule in its own words", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual(rules.map(({ name, description }) => `| \`${name}\` | ${description} |`));
});

it("shows a configuration of rules and settings that exist", () => {
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "null") as Record<string, unknown>;
  expect(Object.keys(example).length).toBeGreaterThan(2);
  for (const [name, wanted] of Object.entries(example)) {
    const rule = rules.find((one) => one.name === name);
    expect(rule, name).toBeDefined();
    if (typeof wanted === "object" && wanted !== null)
      expect(Object.keys(rule?.config ?? {})).toEqual(expect.arrayContaining(Object.keys(wanted)));
  }
});
