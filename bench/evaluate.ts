/**
 * Evaluates a program once, in a process of its own: `node bench/evaluate.ts floor | by-hand | <number of projects>`.
 * Prints its peak memory; whoever started it takes the time.
 */
import * as pulumi from "@pulumi/pulumi";

const [what = "floor"] = process.argv.slice(2);

await pulumi.runtime.setMocks(
  {
    newResource: ({ name, inputs }) => ({
      id: `${name}-id`,
      state: { ...inputs, token: "glrt-bench", stdout: "", commitId: "c" },
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

function configuration(projects: number): Record<string, unknown> {
  return {
    fleets: [
      {
        name: "linux",
        scope: { group: "acme" },
        tags: ["buildx"],
        gitlabRunner: "none",
        hosts: [
          {
            address: "10.0.0.5",
            user: "admin",
            hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            privateKey: "bench",
          },
        ],
      },
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

/** What any program with these resources costs: the same look-ups and resources, and nothing decided or checked. */
async function byHand(projects: number): Promise<void> {
  const gitlab = await import("@pulumi/gitlab");
  await Promise.all(
    Array.from({ length: projects }, async (_, index) => {
      const project = `acme/project-${index}`;
      const { defaultBranch } = await gitlab.getProject({ pathWithNamespace: project });
      await gitlab
        .getRepositoryFile({ project, ref: defaultBranch, filePath: ".gitlab-ci.yml" })
        .catch(() => undefined);
      const parent = new pulumi.ComponentResource("bench:index:Project", project);
      new gitlab.RepositoryFile(
        `${project}-pipeline`,
        {
          project,
          branch: defaultBranch,
          filePath: ".gitlab-ci.yml",
          content: "x".repeat(8000),
          encoding: "text",
        },
        { parent },
      );
    }),
  );
}

if (what === "floor") {
  new pulumi.ComponentResource("bench:index:Empty", "empty");
} else if (what === "by-hand") {
  await byHand(100);
} else {
  const values = configuration(Number(what));
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`buildx-runners:${key}`, JSON.stringify(value)]),
    ),
    Object.keys(values).map((key) => `buildx-runners:${key}`),
  );
  await import("../index.ts");
}
await pulumi.runtime.disconnect();
console.log(JSON.stringify({ maxRssKb: process.resourceUsage().maxRSS }));
