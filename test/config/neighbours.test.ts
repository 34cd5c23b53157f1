import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { clashes, neighbour, neighboursOf } from "../../config/neighbours.ts";
import type { StackConfig } from "../../config.ts";
import { parsed, seedConfig, seedValues } from "../configs.ts";

type Values = ReturnType<typeof seedValues>;

const fileOf = ({ fleets, projects }: Values, baseUrl = "https://gitlab.example.com/api/v4"): string =>
  stringify({
    config: {
      "gitlab:baseUrl": baseUrl,
      "buildx-runners:fleets": fleets.map((fleet) => ({
        ...fleet,
        hosts: fleet.hosts.map((host) => ({ ...host, privateKey: { secure: "v1:x" } })),
      })),
      "buildx-runners:projects": projects,
    },
  });

/** The seed's stack beside another one that differs from it in what is given. */
function beside(
  change: (values: Values) => unknown,
  { own = seedConfig(), baseUrl }: { own?: StackConfig; baseUrl?: string } = {},
): string[] {
  const values = seedValues();
  change(values);
  return clashes(own, [neighbour("prod", fileOf(values, baseUrl))]);
}

const elsewhere = (values: Values): void => {
  Object.assign(values.fleets[0]?.hosts[0] ?? {}, { address: "10.0.0.6" });
  Object.assign(values.projects[0] ?? {}, { path: "acme/prod" });
};

describe("stacks side by side", () => {
  it("cannot have a machine, tags in a scope, or a project in common", () => {
    expect(beside(() => {})).toEqual([
      expect.stringMatching(
        /^buildx-runners:fleets\[0\]\.hosts\[0\]\.address: 10\.0\.0\.5 is a host of stack prod/,
      ),
      expect.stringMatching(
        /^buildx-runners:fleets\[0\]\.tags: stack prod has runners .* such as buildx-dev$/,
      ),
      expect.stringMatching(/^buildx-runners:projects\[0\]\.path: acme\/shop is a project of stack prod/),
    ]);
  });

  it("have nothing to fight over where all of it is different", () => {
    expect(
      beside((values) => {
        elsewhere(values);
        Object.assign(values.fleets[0] ?? {}, { scope: { project: "acme/prod" } });
      }),
    ).toEqual([]);
  });

  it.each<[string, unknown, boolean]>([
    ["the group above", { group: "acme" }, true],
    ["the instance", { instance: true }, true],
    ["the same project", { project: "acme/shop" }, true],
    ["another group", { group: "acme-shop" }, false],
    ["another project", { project: "acme/shop2" }, false],
  ])("take each other's jobs with a runner for %s", (_, scope, isClash) => {
    const found = beside((values) => {
      elsewhere(values);
      Object.assign(values.fleets[0] ?? {}, { scope });
    });
    expect(found).toHaveLength(isClash ? 1 : 0);
  });

  it.each<[unknown, boolean]>([
    [{ tags: ["buildx", "big"] }, true],
    [{ tags: ["buildx-prod"] }, false],
    [{ refs: "any" }, false],
  ])("take each other's jobs by tags: %j", (fleet, isClash) => {
    const found = beside((values) => {
      elsewhere(values);
      Object.assign(values.fleets[0] ?? {}, fleet);
    });
    expect(found).toHaveLength(isClash ? 1 : 0);
  });

  it("may be of two GitLabs, but not of one machine", () => {
    expect(beside(() => {}, { baseUrl: "https://other.example.com/api/v4" })).toEqual([
      expect.stringContaining("10.0.0.5 is a host of stack prod"),
    ]);
  });

  it("hand a machine over", () => {
    const values = seedValues();
    Object.assign(values.fleets[0]?.hosts[0] ?? {}, { takeOver: "prod/linux" });
    const own = { ...seedConfig(), ...parsed(values) };
    expect(beside(() => {}, { own }).join("\n")).not.toContain("10.0.0.5");
    expect(
      beside((other) => Object.assign(other.fleets[0]?.hosts[0] ?? {}, { gone: true })).join("\n"),
    ).not.toContain("10.0.0.5");
  });

  it("need not be complete to be heard", () => {
    const text = `config:\n  buildx-runners:fleets: [{ hosts: [{ address: "<fill in: x>" }, 5] }, no]\n  buildx-runners:projects: none\n`;
    expect(clashes(seedConfig(), [neighbour("prod", text)])).toEqual([]);
  });
});

describe("neighbours", () => {
  it("are the other environments of delivery.yaml, and of an environment only", () => {
    const directory = mkdtempSync(join(tmpdir(), "neighbours-"));
    try {
      for (const stack of ["dev", "prod", "example"])
        writeFileSync(join(directory, `Pulumi.${stack}.yaml`), fileOf(seedValues()));
      expect(neighboursOf("dev", directory)).toEqual([]);
      const stacks = ["dev", "prod", "later"].map((stack) => ({ stack }));
      writeFileSync(join(directory, "delivery.yaml"), stringify({ environments: stacks }));
      expect(neighboursOf("dev", directory).map(({ stack }) => stack)).toEqual(["prod"]);
      expect(neighboursOf("example", directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
