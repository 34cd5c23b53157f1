/** The example stacks: each is one that the program takes, and those of Google Cloud show every key there is. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configFromStackFile } from "../config.ts";
import { gcpSchema } from "../runner/fleets/gcp/schema.ts";
import { gcpAutoscalerSchema } from "../runner/fleets/gcp-autoscaler/schema.ts";

const ROOT = new URL("../", import.meta.url);
const examples = readdirSync(ROOT).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
const textOf = (name: string): string => readFileSync(new URL(name, ROOT), "utf8");

describe("the example stacks", () => {
  it("are there", () => {
    expect(examples).toEqual(expect.arrayContaining(["Pulumi.dev.yaml", "Pulumi.gcp.yaml"]));
  });

  it.each(examples)("%s is a configuration without a mistake", (name) => {
    const { fleets, projects } = configFromStackFile(textOf(name), "example", name);
    expect(fleets.length).toBeGreaterThan(0);
    for (const { fleet } of projects) expect(fleets.map((one) => one.name)).toContain(fleet);
  });

  it.each(examples)("%s holds no secret", (name) => {
    // A secret's place is shown, its value never is: not even an encrypted one.
    expect(textOf(name)).not.toMatch(/secure: v1:[A-Za-z0-9+/]|glrt-|glpat-|PRIVATE KEY/);
  });

  const kinds = [
    ["Pulumi.gcp.yaml", "gcp", gcpSchema],
    ["Pulumi.gcp-autoscaler.yaml", "gcpAutoscaler", gcpAutoscalerSchema],
  ] as const;
  it.each(kinds.filter(([name]) => examples.includes(name)))(
    "%s shows every key of %s",
    (name, _, schema) => {
      const lines = textOf(name).split("\n");
      const shown = (key: string) => lines.some((line) => new RegExp(`^ {8}(?:# )?${key}:`).test(line));
      expect(Object.keys(schema.shape).filter((key) => !shown(key))).toEqual([]);
    },
  );
});
