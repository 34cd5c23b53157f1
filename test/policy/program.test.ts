/** The program breaks no rule of its own policy pack, on any stack that it comes with. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as pulumi from "@pulumi/pulumi";
import { expect, it, vi } from "vitest";
import { readStackFile } from "../../config.ts";
import { findings, type Resource, sentence } from "../../policy/rule.ts";
import { rules } from "../../policy/rules/index.ts";
import type { Recorded } from "../../render/record.ts";
import { PUBLIC_KEY, seedWith } from "../configs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** All but the lab's, whose secrets the lab makes as it runs. */
const stacks = readdirSync(root)
  .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
  .filter((stack): stack is string => stack !== undefined && stack !== "lab");

/** A credential to the eye: a rule that looks for one finds it wherever it stands. */
const TOKEN = `glrt-${"x".repeat(20)}`;

function lookUp({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> | undefined {
  switch (token) {
    case "gitlab:index/getProject:getProject":
      return { id: "42", defaultBranch: "main", webUrl: `https://gitlab.com/${inputs.pathWithNamespace}` };
    case "gitlab:index/getGroup:getGroup":
      return { groupId: 7 };
    case "gitlab:index/getRepositoryFile:getRepositoryFile":
      throw Object.assign(new Error(), {
        details: "GET …/repository/files: 404 {message: 404 File Not Found}",
      });
    default:
      return undefined;
  }
}

async function resourcesOf(stack: string, values: Record<string, unknown>): Promise<Recorded[]> {
  vi.resetModules();
  const { record } = await import("../../render/record.ts");
  const keys = Object.keys(values).filter((key) => values[key] !== undefined);
  return await record(
    {
      project: "buildx-runners",
      stack,
      config: Object.fromEntries(keys.map((key) => [`buildx-runners:${key}`, JSON.stringify(values[key])])),
      secretKeys: keys.map((key) => `buildx-runners:${key}`),
      answers: {
        outputs: {
          "gitlab:index/userRunner:UserRunner": { token: TOKEN },
          "gitlab:index/repositoryFile:RepositoryFile": { commitId: "c0ffee" },
        },
        call: lookUp,
      },
    },
    () => import("../../index.ts"),
  );
}

/** Secrets as the engine hands them to policies: in plain text. */
function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  if (value.constructor.name === "Sealed") return opened((value as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
}

/** Secret outputs are the provider's package's own doing, which mocks are not told of. */
const SECRET_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "gcp:secretmanager/secretVersion:SecretVersion": ["secretData", "secretDataWo"],
};

const subject = ({ type, name, inputs }: Recorded): Resource => ({
  type,
  name,
  props: opened(inputs) as Resource["props"],
  secretOutputs: SECRET_OUTPUTS[type] ?? [],
});

const violations = (resources: readonly Recorded[]): string[] =>
  rules
    .filter(({ level }) => level !== "advisory")
    .flatMap((rule) =>
      resources
        .map(subject)
        .flatMap((resource) =>
          findings(rule, resource).map((finding) => `${rule.name}: ${sentence(resource, finding)}`),
        ),
    );

it.each(stacks)("finds nothing in the stack %s", async (stack) => {
  const file = `Pulumi.${stack}.yaml`;
  const { values } = readStackFile(readFileSync(`${root}${file}`, "utf8"), file);
  const resources = await resourcesOf(stack, values);
  expect(resources.length).toBeGreaterThan(5);
  expect(violations(resources)).toEqual([]);
});

const region = { region: "europe-west1" };
const zone = { zone: "europe-west1-b", plugin: "none" };
const repository = "projects/acme-ci/locations/europe-west1/repositories/images";
const shared = {
  network: "projects/acme-ci/global/networks/shared",
  subnetwork: "projects/acme-ci/regions/europe-west1/subnetworks/builds",
};

it.each([
  [
    "spot machines with local SSDs",
    { gcp: { ...region, spot: true, localSsds: 2, machineType: "n2-standard-8" } },
  ],
  ["an existing network, and no SSH", { gcp: { ...region, network: shared, ssh: "off" } }],
  ["private Google APIs and pushes", { gcp: { ...region, egress: [], artifactRegistry: { repository } } }],
  ["an autoscaler", { gcpAutoscaler: zone }],
  [
    "an autoscaler of spot machines that push",
    { gcpAutoscaler: { ...zone, spot: true, artifactRegistry: { repository } } },
  ],
  ["an autoscaler in an existing network", { gcpAutoscaler: { ...zone, network: shared } }],
])("finds nothing in a fleet with %s", async (_, machines) => {
  const { fleets, projects } = seedWith({});
  const clouds = fleets.map(({ hosts: __, ...fleet }) => ({ ...fleet, ...machines }));
  const resources = await resourcesOf("test", { fleets: clouds, projects });
  expect(resources.filter(({ type }) => type.startsWith("gcp:")).length).toBeGreaterThan(8);
  expect(violations(resources)).toEqual([]);
});

it("finds nothing in a project with credentials of every kind", async () => {
  const registry = { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" };
  const resources = await resourcesOf(
    "test",
    seedWith({
      registry,
      signing: { kms: "gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k", publicKey: PUBLIC_KEY },
      backup: {
        bucket: "s3://acme-backups/shop",
        accessKeyId: "AKIDEXAMPLE0",
        secretAccessKey: "correct-horse",
      },
      mirrors: [{ ...registry, image: "mirror.example.com/acme/shop" }],
    }),
  );
  const keys = resources
    .filter(({ type }) => type.endsWith(":ProjectVariable"))
    .map(({ inputs }) => inputs.key);
  expect(keys).toContain("BACKUP_SECRET_ACCESS_KEY");
  expect(keys).toContain("REGISTRY_PASSWORD");
  expect(violations(resources)).toEqual([]);
});

it("would find a token", async () => {
  const resources = await resourcesOf("test", seedWith({}));
  const [first] = resources.filter(({ type }) => type.endsWith(":UserRunner"));
  if (!first) throw new Error("the seed's stack has no runner");
  const leaking = { ...first, inputs: { ...first.inputs, description: TOKEN } };
  expect(violations([leaking])).toEqual([
    expect.stringMatching(/^no-token-in-text: .*, description: /),
    expect.stringMatching(/^no-token-in-outputs: .*, description: /),
  ]);
});
