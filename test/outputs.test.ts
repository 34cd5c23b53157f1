import { describe, expect, it } from "vitest";
import { registryOf, runnerPage, versionsOf } from "../outputs.ts";
import { parsed, seedValues } from "./configs.ts";

const GITLAB = "https://gitlab.example.com";

describe("a runner's page", () => {
  it.each([
    [{ project: "acme/shop" }, `${GITLAB}/acme/shop/-/runners/12`],
    [{ group: "acme/tools" }, `${GITLAB}/groups/acme/tools/-/runners/12`],
    [{ instance: true as const }, `${GITLAB}/admin/runners/12`],
  ])("of %j", (scope, page) => {
    expect(runnerPage(GITLAB, scope, "12")).toBe(page);
  });
});

describe("a registry", () => {
  it.each([
    ["gitlab", `${GITLAB}/acme/shop/container_registry`],
    [
      { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" },
      "registry.example.com/acme/shop",
    ],
  ])("of %j is where a person finds the images", (registry, place) => {
    const values = seedValues();
    const [project] = parsed({
      ...values,
      projects: values.projects.map((one) => ({ ...one, registry })),
    }).projects;
    expect(project && registryOf(project.registry, `${GITLAB}/acme/shop`)).toBe(place);
  });
});

describe("versions", () => {
  it("are those of the configuration", () => {
    const values = seedValues();
    const gitlabRunner = { version: "v18.5.0", sha256: { amd64: "a".repeat(64) } };
    const packages = { source: "docker" };
    const [fleet] = parsed({
      ...values,
      fleets: values.fleets.map((one) => ({ ...one, gitlabRunner, packages })),
    }).fleets;
    expect(fleet && versionsOf(fleet)).toEqual({
      gitlabRunner: "v18.5.0",
      buildkit: "moby/buildkit:v0.23.2",
      docker: "of Docker's repository",
    });
  });
});
