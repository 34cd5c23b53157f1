/** Every rule refuses what it must refuse, and lets pass what it must let pass. */
import { describe, expect, it } from "vitest";
import { findings, sentence } from "../../policy/rule.ts";
import { rules } from "../../policy/rules/index.ts";
import { credentialIn } from "../../policy/text.ts";
import { cases } from "./cases/index.ts";

describe.each(rules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
  const { refuses = [], passes = [] } = cases[name] ?? {};

  it("has something to refuse and something to let pass", () => {
    expect(refuses.length).toBeGreaterThan(0);
    expect(passes.length).toBeGreaterThan(0);
  });

  it.each(
    refuses.map((refused) => [refused.where, JSON.stringify(refused.resource.props), refused] as const),
  )("refuses %s of %s", (where, _, { resource, config }) => {
    expect(findings(rule, resource, config).map((finding) => finding.where)).toEqual([where]);
  });

  it("says what is wrong, where, and what to do", () => {
    for (const { resource, where, config } of refuses)
      for (const finding of findings(rule, resource, config)) {
        expect(finding.what.length).toBeGreaterThan(5);
        expect(finding.remedy).toMatch(/^[A-Z].*[^.]$/);
        expect(sentence(resource, finding)).toBe(`subject, ${where}: ${finding.what}. ${finding.remedy}.`);
        // A message goes into logs.
        expect(credentialIn(sentence(resource, finding))).toBeUndefined();
      }
  });

  it.each(passes.map((passed) => [JSON.stringify(passed.resource.props), passed] as const))(
    "lets %s pass",
    (_, { resource, config }) => {
      expect(findings(rule, resource, config)).toEqual([]);
    },
  );
});

it("has cases for no rule that does not exist", () => {
  expect(Object.keys(cases).sort()).toEqual(rules.map(({ name }) => name).sort());
});

it("asks only what can be changed without a word more than advice", () => {
  expect(rules.filter(({ level }) => level === "advisory").map(({ name }) => name)).toEqual([
    "all-credentials-protected",
  ]);
});
