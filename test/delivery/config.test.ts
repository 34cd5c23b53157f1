import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_IMAGE, type DeliveryConfig, parseDelivery, readDelivery } from "../../delivery/config.ts";

const there = () => true;

const LEAST = "backend: gs://acme-state\nenvironments:\n  - { stack: dev, tier: development }\n";

/** What is said of a file, problem by problem. */
function problems(text: string, exists: (file: string) => boolean = there): string[] {
  try {
    parseDelivery(text, exists);
  } catch (error) {
    const [head, ...rest] = String((error as Error).message).split("\n  - ");
    expect((error as Error).name).toBe("UsageError");
    expect(head).toBe(`delivery.yaml has ${rest.length === 1 ? "1 problem" : `${rest.length} problems`}:`);
    return rest;
  }
  return [];
}

describe("delivery.yaml", () => {
  it("needs a backend and an environment, and has a default for the rest", () => {
    expect(parseDelivery(LEAST, there)).toEqual({
      backend: "gs://acme-state",
      image: DEFAULT_IMAGE,
      tags: [],
      environments: [{ stack: "dev", tier: "development", manual: false }],
    } satisfies DeliveryConfig);
  });

  it("is this repository's own, with the stack that is an example", () => {
    const { environments, image } = readDelivery(".");
    expect(environments).toEqual([{ stack: "dev", tier: "development", manual: false }]);
    expect(image).toBe(DEFAULT_IMAGE);
  });

  it("runs jobs in the image of the very engine that the SDK was released with", () => {
    const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
    expect(DEFAULT_IMAGE).toBe(
      `pulumi/pulumi-nodejs:${lock.packages["node_modules/@pulumi/pulumi"].version}`,
    );
    expect(DEFAULT_IMAGE).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it.each([
    "gs://acme-state/team/infra",
    "s3://acme-state?region=eu-west-1&awssdk=v2",
    "azblob://state",
    "file:///srv/pulumi",
    "file://~",
  ])("keeps its state in %s", (backend) => {
    expect(problems(LEAST.replace("gs://acme-state", `"${backend}"`))).toEqual([]);
  });

  it.each([
    "https://api.pulumi.com",
    "gs://",
    "file://$HOME/state",
    "s3://key:secret@host/state",
    "gs://a b",
    "postgres://u:p@db/state",
  ])("and not in %s", (backend) => {
    expect(problems(LEAST.replace("gs://acme-state", `"${backend}"`))).toEqual([
      expect.stringMatching(/^backend: ".*" is not allowed here; allowed: a backend .*gs:\/\/bucket/),
    ]);
  });

  it("reports all mistakes at once, with the nearest key", () => {
    const text = `
bakend: gs://acme-state
image: pulumi/pulumi-nodejs
tags: [a, "b c"]
google: { workloadIdentityProvider: gitlab, serviceAcount: x@y.iam.gserviceaccount.com }
environments:
  - { stack: dev, tier: development }
  - { stack: Prod, tier: prod, manuell: true }
  - { stack: dev, tier: staging }
  - { stack: qa, tier: testing, manual: sometimes }
`;
    expect(problems(text, (file) => file !== "Pulumi.qa.yaml").sort()).toEqual([
      "backend: missing; needed: a string",
      "bakend: unknown key; did you mean 'backend'?",
      "environments[1].manuell: unknown key; did you mean 'manual'?",
      'environments[1].stack: "Prod" is not allowed here; allowed: lower-case letters, digits and dashes, a letter first, 40 at most',
      'environments[1].tier: "prod" is not allowed here; allowed: one of production, staging, testing, development, other',
      "environments[2].stack: dev is listed twice",
      'environments[3].manual: "sometimes" is not allowed here; allowed: a boolean',
      "environments[3].stack: Pulumi.qa.yaml does not exist; create it: npm run stack:new -- qa --from <another stack>",
      "google.serviceAccount: missing; needed: a string",
      "google.serviceAcount: unknown key; did you mean 'serviceAccount'?",
      `google.workloadIdentityProvider: "gitlab" is not allowed here; allowed: the full name of a provider, with the project's number: projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab`,
      'image: "pulumi/pulumi-nodejs" is not allowed here; allowed: a tag or a digest: without one, Docker uses :latest',
      'tags[1]: "b c" is not allowed here; allowed: a runner tag of letters, digits and . _ -',
    ]);
  });

  it.each([
    ["nothing", "", "it is not a mapping; it needs the keys backend and environments"],
    ["a list", "- a", "it is not a mapping; it needs the keys backend and environments"],
    ["no YAML", "a: [", /^it is not YAML: .* at line 1, column 5$/],
    [
      "a key twice",
      `${LEAST}backend: gs://b\n`,
      "it is not YAML: Map keys must be unique at line 4, column 1",
    ],
    ["no environment", "backend: gs://a\nenvironments: []\n", /^environments: .*1 entry or more/],
    ["an environment without a name", "backend: gs://a\nenvironments: [null]\n", /^environments\[0\]: /],
  ])("is not %s", (_, text, problem) => {
    expect(problems(text)).toEqual([typeof problem === "string" ? problem : expect.stringMatching(problem)]);
  });

  it("has to be there", () => {
    expect(() => readDelivery("test/delivery")).toThrow("test/delivery/delivery.yaml does not exist.");
  });
});
