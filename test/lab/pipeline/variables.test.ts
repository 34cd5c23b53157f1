import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  absentVariables,
  type Commit,
  expand,
  masker,
  type PipelineContext,
  type ProjectVariable,
  predefinedVariables,
  prepareVariables,
  slug,
} from "../../../lab/pipeline/variables.ts";

const context: PipelineContext = {
  pipelineId: 41,
  source: "push",
  project: {
    path: "acme/tools/shop",
    id: 7,
    url: "https://gitlab.example.com:8443/acme/tools/shop",
    defaultBranch: "main",
  },
  ref: { type: "branch", name: "Feature/Maps", protected: false },
};
const tag: PipelineContext = { ...context, ref: { type: "tag", name: "v1.2.3", protected: true } };
const commit: Commit = {
  sha: "0123456789abcdef0123456789abcdef01234567",
  timestamp: "2026-01-02T03:04:05+00:00",
  author: "Dev <dev@example.com>",
  message: "Add maps\n\nIt costs $5.",
};
const variable = (key: string, value: string, more: Partial<ProjectVariable> = {}): ProjectVariable => ({
  key,
  value,
  masked: false,
  protected: false,
  ...more,
});

describe("slug", () => {
  test.each([
    ["Feature/Maps", "feature-maps"],
    ["--x--", "x"],
    ["1.2", "1-2"],
    ["a".repeat(70), "a".repeat(63)],
    // GitLab cuts first and trims afterwards.
    [`${"a".repeat(62)}/b`, "a".repeat(62)],
  ])("makes %j %j", (name, expected) => {
    expect(slug(name)).toBe(expected);
  });
});

describe("predefinedVariables", () => {
  test("describes a branch", () => {
    expect(predefinedVariables(context, commit)).toMatchObject({
      CI_COMMIT_BRANCH: "Feature/Maps",
      CI_COMMIT_REF_PROTECTED: "false",
      CI_COMMIT_REF_SLUG: "feature-maps",
      CI_COMMIT_SHORT_SHA: "01234567",
      CI_COMMIT_TITLE: "Add maps",
      CI_COMMIT_DESCRIPTION: "It costs $5.",
      CI_PROJECT_NAME: "shop",
      CI_PROJECT_NAMESPACE: "acme/tools",
      CI_PROJECT_ROOT_NAMESPACE: "acme",
      CI_SERVER_URL: "https://gitlab.example.com:8443",
      CI_SERVER_PORT: "8443",
    });
  });

  test("gives a tag no branch, and a project without a registry no registry", () => {
    const variables = predefinedVariables(tag, commit);
    expect(variables.CI_COMMIT_TAG).toBe("v1.2.3");
    expect(variables).not.toHaveProperty("CI_COMMIT_BRANCH");
    expect(variables).not.toHaveProperty("CI_REGISTRY");
    expect(absentVariables(tag)).toEqual(["CI_COMMIT_BRANCH", "CI_REGISTRY", "CI_REGISTRY_IMAGE"]);
  });

  test("names the project's repositories in GitLab's registry", () => {
    const registry = { address: "registry.example.com", user: "ci", password: "long-enough" };
    expect(predefinedVariables({ ...context, registry }, commit)).toMatchObject({
      CI_REGISTRY_IMAGE: "registry.example.com/acme/tools/shop",
    });
    expect(absentVariables({ ...context, registry })).toEqual([]);
  });
});

describe("prepareVariables", () => {
  test("leaves no secret among the values", () => {
    const registry = { address: "registry.example.com", user: "ci", password: "registry-secret" };
    const { values, secrets } = prepareVariables(
      { ...context, registry },
      commit,
      [variable("TOKEN", "project-secret", { masked: true })],
      "MARK",
    );
    expect(JSON.stringify(values)).not.toMatch(/registry-secret|project-secret/);
    expect(secrets.get(values.TOKEN ?? "")).toBe("project-secret");
    expect(secrets.get(values.CI_REGISTRY_PASSWORD ?? "")).toBe("registry-secret");
  });

  test("keeps protected variables from refs that are not", () => {
    const variables = [variable("KEY", "value", { protected: true })];
    expect(prepareVariables(context, commit, variables, "M").values).not.toHaveProperty("KEY");
    expect(prepareVariables(tag, commit, variables, "M").values.KEY).toBe("value");
  });

  test("protects the dollars of what is meant as it is, and of nothing else", () => {
    const variables = [variable("RAW", "a$b", { raw: true }), variable("COOKED", "a$b")];
    const { values } = prepareVariables(context, commit, variables, "M");
    expect(values.RAW).toBe("a$$b");
    expect(values.COOKED).toBe("a$b");
    expect(values.CI_COMMIT_MESSAGE).toBe("Add maps\n\nIt costs $$5.");
  });

  test("refuses a masked value that GitLab could not mask", () => {
    const variables = [variable("KEY", "two\nlines", { masked: true })];
    expect(() => prepareVariables(context, commit, variables, "M")).toThrow("KEY has a line break");
  });
});

test("no secret survives the masker, whatever surrounds it and whichever contains another", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9+/=@:.~_-]{8,20}$/);
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.string(), (secrets, text) => {
      const masked = masker(secrets)([text, ...secrets, secrets.join("")].join("|"));
      return secrets.every((one) => !masked.includes(one));
    }),
  );
  expect(masker(["abcdefgh", "abcdefghij"])("x abcdefghij y")).toBe("x [MASKED] y");
  expect(masker([""])("text")).toBe("text");
});

test("expand follows variables through variables, and ends", () => {
  const variables = { LEVEL: "$WHICH", WHICH: "open", LOOP: "$LOOP" };
  expect(expand("buildx-$LEVEL-plain", variables)).toBe("buildx-open-plain");
  expect(expand("buildx-${LEVEL}", variables)).toBe("buildx-open");
  expect(expand("x$NOTHING", variables)).toBe("x");
  expect(expand("$LOOP", variables)).toBe("$LOOP");
});
