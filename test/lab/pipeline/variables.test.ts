import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Commit, PipelineContext, ProjectVariable } from "../../../lab/pipeline/context.ts";
import { absentVariables, predefinedVariables, slug } from "../../../lab/pipeline/predefined.ts";
import {
  expand,
  literals,
  masker,
  projectValues,
  runValues,
  Secrets,
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
    expect(absentVariables(variables)).toEqual(
      expect.arrayContaining([
        "CI_COMMIT_BRANCH",
        "CI_REGISTRY",
        "CI_DEPENDENCY_PROXY_SERVER",
        "CI_ENVIRONMENT_NAME",
      ]),
    );
    expect(absentVariables(variables, "production")).not.toContain("CI_ENVIRONMENT_NAME");
  });

  test("names the project's repositories in GitLab's registry", () => {
    const variables = predefinedVariables({ ...context, registry: "registry.example.com" }, commit);
    expect(variables).toMatchObject({ CI_REGISTRY_IMAGE: "registry.example.com/acme/tools/shop" });
    expect(absentVariables(variables)).not.toContain("CI_REGISTRY");
  });

  const zeros = "0".repeat(40);
  test("tells what the branch was before a push, and zeros where that says nothing", () => {
    expect(predefinedVariables({ ...context, before: commit.sha }, commit).CI_COMMIT_BEFORE_SHA).toBe(
      commit.sha,
    );
    expect(predefinedVariables(context, commit).CI_COMMIT_BEFORE_SHA).toBe(zeros);
  });

  test("describes a fork's merge request, which is of no branch", () => {
    const variables = predefinedVariables(
      {
        ...context,
        source: "merge_request_event",
        openMergeRequests: ["acme/tools/shop!3"],
        mergeRequest: {
          ...{ id: 90, iid: 3, title: "Maps", author: "dev", diffBaseSha: zeros },
          source: {
            branch: "Feature/Maps",
            protected: false,
            project: { path: "visitor/shop", id: 8, url: "https://gitlab.example.com:8443/visitor/shop" },
          },
          target: { branch: "main", protected: true },
        },
      },
      commit,
    );
    expect(variables).not.toHaveProperty("CI_COMMIT_BRANCH");
    expect(variables).toMatchObject({
      CI_COMMIT_REF_NAME: "Feature/Maps",
      CI_MERGE_REQUEST_IID: "3",
      CI_MERGE_REQUEST_PROJECT_ID: "7",
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "8",
      CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED: "true",
      // Filled in pipelines of merged results alone.
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "",
      CI_OPEN_MERGE_REQUESTS: "acme/tools/shop!3",
    });
  });
});

describe("the project's variables", () => {
  const open = { protectedRef: false, projectPath: "acme/shop" };

  test("come without their secrets", () => {
    const secrets = new Secrets("MARK");
    const { values } = projectValues([variable("TOKEN", "project-secret", { masked: true })], open, secrets);
    expect(JSON.stringify(values)).not.toContain("project-secret");
    expect(secrets.values.get(values.TOKEN ?? "")).toBe("project-secret");
  });

  test("are kept from refs that are not protected, where they are", () => {
    const variables = [variable("KEY", "value", { protected: true })];
    expect(projectValues(variables, open, new Secrets("M")).values).toEqual({});
    const trusted = { ...open, protectedRef: true };
    expect(projectValues(variables, trusted, new Secrets("M")).values).toEqual({ KEY: "value" });
  });

  test("are for their environment, the narrowest first", () => {
    const variables = [
      variable("KEY", "review", { environmentScope: "review/*" }),
      variable("KEY", "any"),
      variable("ONLY", "review", { environmentScope: "review/*" }),
    ];
    const review = { ...open, environment: "review/maps" };
    expect(projectValues(variables, review, new Secrets("M")).values).toEqual({
      KEY: "review",
      ONLY: "review",
    });
    expect(projectValues(variables, open, new Secrets("M")).values).toEqual({ KEY: "any" });
  });

  test("of type file become paths, masked or not", () => {
    const secrets = new Secrets("M");
    const file = variable("KEY", "content-of-it", { variableType: "file", masked: true });
    expect(projectValues([file], open, secrets)).toEqual({
      values: { KEY: "/builds/acme/shop.tmp/KEY" },
      files: { KEY: "content-of-it" },
    });
    expect([...secrets.values.values()]).toEqual(["content-of-it"]);
    expect(runValues([{ key: "F", value: "x", variableType: "file" }], "acme/shop").files).toEqual({
      F: "x",
    });
  });

  test("keep the dollars of what is meant as it is, and of nothing else", () => {
    const variables = [variable("RAW", "a$b", { raw: true }), variable("COOKED", "a$b")];
    expect(projectValues(variables, open, new Secrets("M")).values).toEqual({ RAW: "a$$b", COOKED: "a$b" });
    expect(literals({ MESSAGE: "It costs $5." })).toEqual({ MESSAGE: "It costs $$5." });
  });

  test("are refused where GitLab could not mask them", () => {
    const variables = [variable("KEY", "two\nlines", { masked: true })];
    expect(() => projectValues(variables, open, new Secrets("M"))).toThrow("KEY has a line break");
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
