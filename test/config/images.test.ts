import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config.ts";
import { seedValues } from "../configs.ts";

/** Problems of a project whose only image is this one. */
function problems(image: Record<string, unknown>): readonly string[] {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, { images: [{ name: "app", ...image }] });
  const result = parseConfig(values);
  return "problems" in result
    ? result.problems.map((problem) => problem.replace("buildx-runners:projects[0].images[0].", ""))
    : [];
}

describe("an image's build inputs", () => {
  it.each<[string, Record<string, unknown>]>([
    ["a matrix of two variables", { matrix: { PYTHON: ["3.12", "3.13"], BASE: ["slim", "Alpine-3.20"] } }],
    ["arguments with any printable text", { buildArgs: { GREETING: 'a "quoted" $word' } }],
    ["contexts of both kinds", { contexts: { shared: "libs", base: "docker-image://alpine:3.20" } }],
    ["platforms", { platforms: ["linux/amd64", "linux/arm/v7"] }],
    ["secrets, an SSH key and labels", { secrets: { pip: "PIP" }, ssh: "KEY", labels: { "com.x.y": "1" } }],
  ])("may be %s", (_, image) => {
    expect(problems(image)).toEqual([]);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [
      { matrix: { P: [3.1] } },
      /^matrix\.P\[0\]: 3\.1 is not allowed here; allowed: a string, so put it in quotes$/,
    ],
    [
      { matrix: { P: ["3.1", "3-1"] } },
      /^matrix\.P: .*values that differ in more than dots, dashes and case$/,
    ],
    [{ matrix: { P: ["a/b"] } }, /^matrix\.P\[0\]: .*letters and digits, separated by single/],
    [{ matrix: {} }, /^matrix: .*at least one variable with its values$/],
    [{ matrix: { P: ["1"], Q: [] } }, /^matrix\.Q: .*1 entry or more$/],
    [
      {
        matrix: {
          A: Array.from({ length: 15 }, (_, i) => `a${i}`),
          B: Array.from({ length: 15 }, (_, i) => `b${i}`),
        },
      },
      /^matrix: .*at most 200 cells/,
    ],
    [{ buildArgs: { NPM_TOKEN: "x" } }, /^buildArgs\.NPM_TOKEN: .*no credential: .* Use secrets/],
    [{ buildArgs: { db_password: "x" } }, /^buildArgs\.db_password: .*no credential/],
    [{ contexts: { shared: "../elsewhere" } }, /^contexts\.shared: .*a directory of the repository/],
    [{ contexts: { base: "docker-image://alpine" } }, /^contexts\.base: .*with an image and its tag$/],
    [{ platforms: ["amd64"] }, /^platforms\[0\]: .*a platform such as linux\/arm64$/],
    [{ secrets: { pip: "not a name" } }, /^secrets\.pip: .*letters, digits and '_'$/],
    [{ labels: { "Com.X": "1" } }, /a label's key/],
    [
      { validate: { service: "redis:8", command: "true", in: "job" } },
      /^validate\.directory: .*the image's WORKDIR/,
    ],
    [
      {
        matrix: { P: ["1"] },
        validate: { service: "redis:8", command: "true", in: "job", directory: "/app" },
      },
      /^validate\.in: .*docker-build, for an image with a matrix/,
    ],
    [{ name: "and-push-app", matrix: { P: ["1"] } }, /^name: .*another name for an image with a matrix/],
  ])("%j is refused with the key and what is allowed", (image, message) => {
    expect(problems(image)).toEqual([expect.stringMatching(message)]);
  });
});
