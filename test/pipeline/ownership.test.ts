import { describe, expect, it } from "vitest";
import { includes, objection, writtenBy } from "../../pipeline/ownership.ts";
import { pipelineText } from "../../pipeline/publish.ts";
import { parsed, seedValues } from "../configs.ts";

function project(parts: Record<string, unknown> = {}) {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, parts);
  const { fleets, projects } = parsed(values);
  const [fleet, first] = [fleets[0], projects[0]];
  if (!fleet || !first) throw new Error("the configuration has no fleet or no project");
  return { project: first, fleet };
}

const written = (stack: string): string => {
  const seed = project();
  return pipelineText(stack, seed.project, seed.fleet);
};

describe("a pipeline file", () => {
  it("names the stack that wrote it", () => {
    expect(writtenBy(written("dev"))).toBe("dev");
    expect(writtenBy(written("prod-eu.1"))).toBe("prod-eu.1");
    expect(writtenBy("stages: [build]\n")).toBeUndefined();
  });

  it("that is absent, or this stack's own, is written", () => {
    expect(objection(project().project, "dev", undefined)).toBeUndefined();
    expect(objection(project().project, "dev", written("dev"))).toBeUndefined();
  });

  it("of a person stops the run, and says both ways on", () => {
    const message = objection(project().project, "dev", "stages: [build]\n");
    expect(message).toMatch(/acme\/shop: \.gitlab-ci\.yml exists/);
    expect(message).toContain("adopt: true");
    expect(message).toContain("include: true");
  });

  it("of another stack stops the run, and names that stack", () => {
    expect(objection(project().project, "dev", written("prod"))).toMatch(/belongs to stack prod/);
  });

  it("is taken over where the project says so", () => {
    expect(objection(project({ adopt: true }).project, "dev", "stages: [build]\n")).toBeUndefined();
  });

  it("is known to be included", () => {
    expect(includes("include:\n  - local: /.gitlab/buildx.gitlab-ci.yml\n")).toBe(true);
    expect(includes("stages: [build]\n")).toBe(false);
  });
});
