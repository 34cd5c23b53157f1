/**
 * Evaluates a program once, in a process of its own:
 * `node bench/evaluate.ts floor | by-hand | gcp[-imports] | gcpAutoscaler[-imports] | gcp-whole | <number of projects>`.
 * Prints its peak memory and processor time; the caller measures the time.
 */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { report } from "./process.ts";

const [what = "floor"] = process.argv.slice(2);

await pulumi.runtime.setMocks(
  {
    newResource: ({ name, inputs }) => ({
      id: `${name}-id`,
      state: { name, email: name, member: name, ...inputs, token: "glrt-bench", stdout: "", commitId: "c" },
    }),
    call: ({ token, inputs }) => {
      if (token.endsWith(":getProject"))
        return {
          id: "1",
          defaultBranch: "main",
          webUrl: `https://gitlab.example.com/${inputs.pathWithNamespace}`,
        };
      if (token.endsWith(":getGroup")) return { groupId: 1 };
      throw Object.assign(new Error(), { details: "404 Not Found" });
    },
  },
  "buildx-runners",
  "bench",
  false,
);

const HOSTS = {
  hosts: [
    {
      address: "10.0.0.5",
      user: "admin",
      hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      privateKey:
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n",
    },
  ],
};

/** Machines of a fleet, by what is measured. */
const CLOUDS: Readonly<Record<string, Record<string, unknown>>> = {
  gcp: { gcp: { region: "europe-west1", size: 2 } },
  gcpAutoscaler: { gcpAutoscaler: { zone: "europe-west1-b", plugin: "none" } },
};

function configuration(projects: number, machines: Record<string, unknown>): Record<string, unknown> {
  return {
    fleets: [
      { name: "linux", scope: { group: "acme" }, tags: ["buildx"], gitlabRunner: "none", ...machines },
    ],
    projects: Array.from({ length: projects }, (_, index) => ({
      path: `acme/project-${index}`,
      fleet: "linux",
      images: [
        { name: "app" },
        {
          name: "db-init",
          context: "db",
          validate: { service: "postgis/postgis:15-3.3", command: "python init_db.py" },
        },
      ],
    })),
  };
}

/** What a source and all that it imports of its neighbours load of the provider's package, as the sources say. */
function gcpModules(source: URL, seen = new Set<string>()): string[] {
  if (seen.has(source.href)) return [];
  seen.add(source.href);
  const imported = [
    ...readFileSync(source, "utf8").matchAll(/^import (?!type)[^;]*"((?:@pulumi\/gcp|\.)\/[^"]+)";$/gm),
  ].map((found) => found[1] ?? "");
  return imported.flatMap((name) =>
    name.startsWith(".") ? gcpModules(new URL(name, source), seen) : [name],
  );
}

/** What a program is at least. */
const empty = () => new pulumi.ComponentResource("bench:index:Empty", "empty");

/** The component of each kind of fleet. */
const COMPONENTS: Readonly<Record<string, string>> = {
  "gcp-imports": "../runner/fleets/gcp/fleet.ts",
  "gcpAutoscaler-imports": "../runner/fleets/gcp-autoscaler/fleet.ts",
};

/** What any program with these resources costs: the same look-ups and resources, and nothing decided or checked. */
async function byHand(projects: number): Promise<void> {
  const gitlab = await import("@pulumi/gitlab");
  const { GENERATED_FILES } = await import("../pipeline/ownership.ts");
  await Promise.all(
    Array.from({ length: projects }, async (_, index) => {
      const project = `acme/project-${index}`;
      const { defaultBranch } = await gitlab.getProject({ pathWithNamespace: project });
      await Promise.all(
        GENERATED_FILES.map((filePath) =>
          gitlab.getRepositoryFile({ project, ref: defaultBranch, filePath }).catch(() => undefined),
        ),
      );
      const parent = new pulumi.ComponentResource("bench:index:Project", project);
      for (const filePath of ["docker-bake.hcl", ".gitlab-ci.yml"])
        new gitlab.RepositoryFile(
          `${project}-${filePath}`,
          { project, branch: defaultBranch, filePath, content: "x".repeat(8000), encoding: "text" },
          { parent },
        );
    }),
  );
}

if (what === "floor") {
  empty();
} else if (what === "by-hand") {
  await byHand(100);
} else if (what in COMPONENTS) {
  const modules = new Set(gcpModules(new URL(COMPONENTS[what] ?? "", import.meta.url)));
  if (modules.size < 5) throw new Error(`${what}: almost nothing is imported; check how the sources import`);
  await Promise.all([...modules].map((name) => import(name)));
  empty();
} else if (what === "gcp-whole") {
  await import("@pulumi/gcp");
  empty();
} else {
  const cloud = CLOUDS[what];
  const values = cloud ? configuration(1, cloud) : configuration(Number(what), HOSTS);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`buildx-runners:${key}`, JSON.stringify(value)]),
    ),
    Object.keys(values).map((key) => `buildx-runners:${key}`),
  );
  await import("../main.ts");
}
await pulumi.runtime.disconnect();
console.log(report());
