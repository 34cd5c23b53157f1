/** The diagram of a stack is what its program registers: every resource once, and what waits for what. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { StackConfig } from "../../../config.ts";
import { reduced } from "../../../render/diagrams/edges.ts";
import type { Diagram } from "../../../render/diagrams/model.ts";
import { HOST_KEY, parsed, seedWith } from "../../configs.ts";
import { projects } from "../../pipeline/golden/projects.ts";

const stackOf = (values: Record<string, unknown>): StackConfig => ({
  ...parsed(values),
  stack: "dev",
  gitlabUrl: "https://gitlab.example.com",
});

async function drawn(values: Record<string, unknown>) {
  const { recordStack } = await import("../../../render/resources.ts");
  const { stackDiagram } = await import("../../../render/diagrams/stack.ts");
  const recorded = await recordStack(stackOf(values));
  return { recorded, diagram: stackDiagram("dev", recorded) };
}

const twoHosts = () => {
  const values = seedWith(projects["everything-on"] ?? {});
  const hosts = ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, user: "admin", hostKey: HOST_KEY }));
  return { ...values, fleets: values.fleets.map((fleet) => ({ ...fleet, hosts })) };
};

/** By titles, with those of the groups around them where a title is not enough. */
function arrows({ nodes, groups, edges }: Diagram): string[] {
  const group = (id: string | undefined) => groups.find((one) => one.id === id)?.title;
  const named = (id: string) => {
    const node = nodes.find((one) => one.id === id);
    return node ? `${group(node.group)}/${node.title}` : (group(id) ?? "nothing");
  };
  return edges.map(({ from, to }) => `${named(from)} -> ${named(to)}`).sort();
}

afterEach(() => {
  vi.resetModules();
});

describe("hosts over SSH", () => {
  it("come before runner records, these before tokens, and the commit of the pipeline comes last", async () => {
    const { diagram } = await drawn(twoHosts());
    expect(arrows(diagram)).toEqual(
      [
        "Hosts, set up over SSH -> Runner records in GitLab",
        "Runner records in GitLab -> Tokens, to each host",
        "Tokens, to each host -> Project acme/shop/3 CI/CD variables",
        "Project acme/shop/3 CI/CD variables -> Project acme/shop/docker-bake.hcl",
        "Project acme/shop/docker-bake.hcl -> Project acme/shop/.gitlab-ci.yml",
        "Project acme/shop/.gitlab-ci.yml -> Project acme/shop/3 schedules",
      ].sort(),
    );
  });

  it("show trust levels, variables and schedules, and no secret", async () => {
    const { diagram } = await drawn(twoHosts());
    const find = (title: string) => diagram.nodes.find((node) => node.title === title);
    expect(find("dev/linux/protected/socket")).toMatchObject({
      lines: ["buildx-protected"],
      marks: [{ kind: "protected" }],
    });
    expect(find("3 CI/CD variables")?.lines).toContain("BACKUP_SECRET_ACCESS_KEY, masked, protected");
    expect(find("3 schedules")?.lines).toContain("Back up promoted images: 0 3 * * *");
    expect(JSON.stringify(diagram)).not.toContain("correct-horse");
  });
});

describe("a fleet on Google Cloud", () => {
  const cloud = (keys: Record<string, unknown>) => {
    const values = seedWith({});
    return { ...values, fleets: values.fleets.map(({ hosts: _, ...fleet }) => ({ ...fleet, ...keys })) };
  };

  it("is drawn part by part", async () => {
    const { diagram, recorded } = await drawn(cloud({ gcp: { region: "europe-west1", size: 2 } }));
    const parts = diagram.nodes.map(({ title }) => title);
    expect(parts).toEqual(
      expect.arrayContaining(["Network", "Firewall", "Identity", "Token secret", "Host group"]),
    );
    expect(arrows(diagram)).toContain("Fleet linux/Host group -> Project acme/shop/docker-bake.hcl");
    const network = diagram.nodes.find(({ title }) => title === "Network");
    const inNetwork = recorded.filter(({ parent }) => parent?.endsWith("GcpNetwork linux-net"));
    expect(inNetwork.length).toBeGreaterThan(1);
    const counts = network?.lines.slice(1).map((line) => Number.parseInt(line, 10)) ?? [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(inNetwork.length);
  });

  it("shows a group for each level, and the manager after both", async () => {
    const { diagram } = await drawn(cloud({ gcpAutoscaler: { zone: "europe-west1-b", plugin: "none" } }));
    expect(diagram.nodes.filter(({ title }) => title === "Worker group")).toHaveLength(2);
    expect(arrows(diagram)).toContain("Fleet linux/Manager machine -> Project acme/shop/docker-bake.hcl");
    // A runner record has the name of a group; the secret holds the record's token, and nothing of the group.
    expect(arrows(diagram)).toContain("Runner records in GitLab -> Fleet linux/Token secret");
    expect(arrows(diagram)).not.toContain("Fleet linux/Worker group -> Fleet linux/Token secret");
  });
});

it("leaves out arrows that follow from others, and no other", () => {
  const pairs = [
    ["a", "b"],
    ["b", "c"],
    ["a", "c"],
    ["a", "d"],
    ["c", "e"],
    ["a", "e"],
  ] as const;
  expect(reduced(pairs)).toEqual([
    ["a", "b"],
    ["b", "c"],
    ["a", "d"],
    ["c", "e"],
  ]);
});
