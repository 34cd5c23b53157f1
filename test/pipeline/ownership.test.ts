import { describe, expect, it } from "vitest";
import { BAKE_FILE } from "../../pipeline/bake.ts";
import {
  foreignObjection,
  handedBack,
  includes,
  OWN_FILE,
  objection,
  writtenBy,
} from "../../pipeline/ownership.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { parsed, seedValues } from "../configs.ts";

function project(parts: Record<string, unknown> = {}) {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, parts);
  const [first] = parsed(values).projects;
  if (!first) throw new Error("the configuration has no project");
  return { project: first };
}

const files = (stack: string) =>
  projectFiles({ ...parsed(seedValues()), stack, gitlabUrl: "https://gitlab.com" }, project().project);
const written = (stack: string): string => files(stack).pipeline.content;

describe("a pipeline file", () => {
  it("names the stack that wrote it", () => {
    expect(writtenBy(written("dev"))).toBe("dev");
    expect(writtenBy(written("prod-eu.1"))).toBe("prod-eu.1");
    expect(writtenBy("stages: [build]\n")).toBeUndefined();
  });

  it("that is absent, or this stack's own, is written", () => {
    expect(objection(project().project, "dev", OWN_FILE, undefined)).toBeUndefined();
    expect(objection(project().project, "dev", OWN_FILE, written("dev"))).toBeUndefined();
  });

  it("of a person stops the run, and says both ways on", () => {
    const message = objection(project().project, "dev", OWN_FILE, "stages: [build]\n");
    expect(message).toMatch(/acme\/shop: \.gitlab-ci\.yml exists/);
    expect(message).toContain("adopt: true");
    expect(message).toContain("include: true");
  });

  it("of another stack stops the run, and names that stack", () => {
    expect(objection(project().project, "dev", OWN_FILE, written("prod"))).toMatch(/belongs to stack prod/);
  });

  it("of the build is held to the same", () => {
    const bake = files("prod").bake.content;
    expect(objection(project().project, "prod", BAKE_FILE, bake)).toBeUndefined();
    expect(objection(project().project, "dev", BAKE_FILE, bake)).toMatch(
      /docker-bake\.hcl belongs to stack prod/,
    );
    expect(objection(project({ include: true }).project, "dev", BAKE_FILE, "group {}\n")).toMatch(
      /docker-bake\.hcl exists, .* set adopt: true to replace it/,
    );
  });

  it("is taken over where the project says so", () => {
    expect(objection(project({ adopt: true }).project, "dev", OWN_FILE, "stages: [build]\n")).toBeUndefined();
  });

  it("of another stack is never taken, whatever the project says, and wherever it is", () => {
    const adopting = project({ adopt: true }).project;
    expect(objection(adopting, "dev", OWN_FILE, written("prod"))).toMatch(
      /belongs to stack prod .* onDestroy: keep/,
    );
    expect(foreignObjection(adopting, "dev", OWN_FILE, written("prod"), "on main")).toMatch(
      /^acme\/shop: \.gitlab-ci\.yml on main belongs to stack prod of/,
    );
    expect(foreignObjection(adopting, "prod", OWN_FILE, written("prod"))).toBeUndefined();
    expect(foreignObjection(adopting, "dev", OWN_FILE, "stages: [build]\n")).toBeUndefined();
    expect(foreignObjection(adopting, "dev", OWN_FILE, undefined)).toBeUndefined();
  });

  it("that is handed back is nobody's, and does what it did", () => {
    for (const content of [written("prod"), files("prod").bake.content]) {
      const left = handedBack(content);
      expect(left).toMatch(/^# Made by buildx-runners\. Its stack prod has let this file go/);
      expect(writtenBy(left)).toBeUndefined();
      expect(left).not.toMatch(/Do not edit|\(sha256:/);
      expect(objection(project({ adopt: true }).project, "dev", OWN_FILE, left)).toBeUndefined();
      const code = (text: string) => text.split("\n").filter((line) => !line.startsWith("#"));
      expect(code(left)).toEqual(code(content));
    }
  });

  it("is known to be included", () => {
    expect(includes("include:\n  - local: /.gitlab/buildx.gitlab-ci.yml\n")).toBe(true);
    expect(includes("stages: [build]\n")).toBe(false);
  });
});
