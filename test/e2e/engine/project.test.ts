/** A stack in GitLab: its machines are a cloud's, which the lab's provider only keeps in mind, so that a run takes seconds. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ensurePulumi, openLabStack, type Pulumi } from "../../../lab/engine/index.ts";
import type { StackEngine } from "../../../stack/engine.ts";
import { type StandIn, startStandIn } from "../../lab/gitlab/stand-in.ts";
import { gcpValues } from "../../runner/fleets/gcp/values.ts";
import { changesIn } from "./changes.ts";

type Values = Readonly<Record<string, unknown>>;

const IMPORT = fileURLToPath(new URL("import", import.meta.url));
const REGISTRY = { image: "registry.example.com/acme/shop", user: "ci" };

/** The stack as it is first, changed. */
function valuesOf({
  fleet = {},
  project = {},
  more = [],
}: {
  fleet?: Values;
  project?: Values;
  more?: Values[];
} = {}) {
  const { fleets, projects } = gcpValues({ size: 2 }, { scope: { group: "acme" }, ...fleet });
  return {
    fleets,
    projects: [...projects.map((one) => ({ ...one, registry: REGISTRY, ...project })), ...more],
  };
}

const SHOP_IMAGES = [{ name: "app" }];
const TOOLS = { path: "acme/tools", fleet: "linux", images: [{ name: "lint" }] };

describe("a stack in GitLab", () => {
  let pulumi: Pulumi;
  let standIn: StandIn;
  let directory: string;

  const place = (name: string) => join(directory, name);
  const mutations = () =>
    standIn.gitlab.requests.filter(({ method }) => method !== "GET" && method !== "HEAD").length;
  const gitlabConfig = () => [
    { key: "gitlab:baseUrl", value: standIn.gitlab.apiUrl },
    { key: "gitlab:token", value: standIn.gitlab.adminToken, secret: true },
  ];

  async function engine(values: Values = valuesOf(), stack = "one"): Promise<StackEngine> {
    const configFile = place(`Pulumi.${stack}.yaml`);
    const config = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`buildx-runners:${key}`, value]),
    );
    writeFileSync(configFile, stringify({ config }));
    return openLabStack({
      pulumi,
      stack,
      configFile,
      config: [
        ...gitlabConfig(),
        // A secret stands in no file.
        ...(JSON.stringify(values).includes(REGISTRY.image)
          ? [{ key: "buildx-runners:projects[0].registry.password", value: "correct-horse", secret: true }]
          : []),
      ],
      stateDirectory: place("state"),
    });
  }

  beforeAll(async () => {
    pulumi = await ensurePulumi();
    standIn = await startStandIn();
    directory = mkdtempSync(join(tmpdir(), "buildx-runners-engine-"));
    await standIn.gitlab.createProject("acme/tools", { ".gitlab-ci.yml": "lint:\n  script: make lint\n" });
  });
  afterAll(async () => {
    await standIn.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  let previewed: string[];

  it("is previewed with nothing changed anywhere", async () => {
    const result = await (await engine()).preview();
    previewed = changesIn(result);
    expect(result.unchanged).toBe(0);
    expect(previewed.filter((change) => !change.startsWith("create "))).toEqual([]);
    expect(previewed).toEqual(
      expect.arrayContaining([
        "create acme/shop-REGISTRY_PASSWORD",
        "create acme/shop-build",
        "create acme/shop-pipeline",
        "create linux-group",
        "create linux-protected-socket",
      ]),
    );
    expect(mutations()).toBe(0);
  });

  it("comes up as it was previewed, and tells where everything is", async () => {
    const stack = await engine();
    expect(changesIn(await stack.up())).toEqual(previewed);
    const outputs = await stack.outputs();
    expect(standIn.gitlab.runners()).toHaveLength(4);
    const [runner] = standIn.gitlab.runners();
    expect(outputs.runners).toMatchObject({
      "one/linux/open/socket": expect.stringMatching(/\/groups\/acme\/-\/runners\/\d+$/),
    });
    const commit = (await standIn.gitlab.commits("acme/shop"))[0]?.sha;
    expect(outputs.pipelines).toMatchObject({
      "acme/shop": { commit: expect.stringMatching(new RegExp(`/acme/shop/-/commit/${commit}$`)) },
    });
    const all = JSON.stringify(outputs);
    expect(Object.values(outputs)).not.toContain("[secret]");
    for (const secret of ["correct-horse", standIn.gitlab.adminToken, runner?.token ?? "no runner"])
      expect(all).not.toContain(secret);
  });

  it("changes nothing the second time", async () => {
    const before = mutations();
    expect(changesIn(await (await engine()).up())).toEqual([]);
    expect(mutations()).toBe(before);
  });

  it.each<[string, () => Values, readonly string[]]>([
    [
      "an image less",
      () => valuesOf({ project: { images: SHOP_IMAGES } }),
      ["update acme/shop-build content", "update acme/shop-pipeline content"],
    ],
    [
      "a variable's value",
      () => valuesOf({ project: { registry: { ...REGISTRY, user: "builder" } } }),
      ["update acme/shop-REGISTRY_USER value"],
    ],
    [
      "the builders' garbage collection",
      () => valuesOf({ fleet: { builder: { maxUsedSpace: "20GB" } } }),
      ["update linux-group allInstancesConfig"],
    ],
    [
      "another registry",
      () => valuesOf({ project: { registry: "gitlab" } }),
      [
        "delete acme/shop-REGISTRY",
        "delete acme/shop-REGISTRY_IMAGE",
        "delete acme/shop-REGISTRY_PASSWORD",
        "delete acme/shop-REGISTRY_USER",
        "update acme/shop-pipeline content",
      ],
    ],
  ])("would change for %s what it concerns, and nothing else", async (_, values, changes) => {
    const before = mutations();
    expect(await changesIn(await (await engine(values())).preview())).toEqual(changes);
    expect(mutations()).toBe(before);
  });

  const larger = async () =>
    engine(valuesOf({ fleet: { tags: ["buildx", "big"] }, more: [{ ...TOOLS, adopt: true }] }));

  it("changes runners in place, and takes a pipeline over where it is told to", async () => {
    const ids = standIn.gitlab.runners().map(({ id }) => id);
    expect(changesIn(await (await larger()).up())).toEqual([
      "create acme/tools",
      "create acme/tools-build",
      "create acme/tools-pipeline",
      "update acme/shop-pipeline content",
      ...["open-plain", "open-socket", "protected-plain", "protected-socket"].map(
        (record) => `update linux-${record} tagLists`,
      ),
    ]);
    expect(standIn.gitlab.runners().map(({ id }) => id)).toEqual(ids);
    expect(standIn.gitlab.runners().flatMap(({ tagList }) => tagList)).toContain("big-open");
    expect(await standIn.gitlab.readFile("acme/tools", ".gitlab-ci.yml")).toContain("stack one");
  });

  it("finds by a refresh what was changed by hand, and puts it right", async () => {
    const path = "projects/acme%2Fshop/variables/REGISTRY_USER";
    expect((await standIn.call("PUT", path, { value: "somebody" })).status).toBe(200);
    const before = mutations();
    const stack = await larger();
    const drift = /^update acme\/shop-REGISTRY_USER \S*\bvalue\b/;
    expect(changesIn(await stack.preview())).toEqual([]);
    expect(changesIn(await stack.preview({ refresh: true }))).toContainEqual(expect.stringMatching(drift));
    expect(mutations()).toBe(before);
    await stack.refresh();
    expect(changesIn(await stack.up())).toEqual([expect.stringMatching(drift)]);
    expect(standIn.gitlab.variables("acme/shop")).toContainEqual(
      expect.objectContaining({ key: "REGISTRY_USER", value: "ci" }),
    );
  });

  it("lives beside another stack in the same backend, and neither touches the other's", async () => {
    await standIn.gitlab.createProject("acme/other", { "README.md": "# Other\n" });
    const values = gcpValues({}, { scope: { project: "acme/other" } });
    const others = {
      fleets: values.fleets,
      projects: values.projects.map((project) => ({ ...project, path: "acme/other" })),
    };
    const [first, second] = [await larger(), await engine(others, "two")];
    const [unchanged, created] = await Promise.all([first.up(), second.up()]);
    expect(changesIn(unchanged)).toEqual([]);
    expect(created.unchanged).toBe(0);
    expect(new Set(created.changes.map(({ op }) => op))).toEqual(new Set(["create"]));
    expect(standIn.gitlab.runners()).toHaveLength(8);

    // What the first one has, the second is refused, with the owner's name and nothing changed.
    const before = mutations();
    const { fleets } = gcpValues({}, { scope: { group: "acme" } });
    const greedy = await engine({ fleets, projects: gcpValues().projects }, "two");
    await expect(greedy.up()).rejects.toThrow(/acme\/shop: .*belongs to stack one/);
    expect(mutations()).toBe(before);

    await (await engine(others, "two")).destroy();
    expect(standIn.gitlab.runners().map(({ description }) => description)).toEqual(
      expect.arrayContaining(["one/linux/open/socket"]),
    );
    expect(standIn.gitlab.runners()).toHaveLength(4);
    expect(changesIn(await first.up())).toEqual([]);
  });

  it("leaves GitLab as it was when it is destroyed", async () => {
    const { changes } = await (await larger()).destroy();
    expect(new Set(changes.map(({ op }) => op))).toEqual(new Set(["delete"]));
    expect(standIn.gitlab.runners()).toHaveLength(0);
    expect(standIn.gitlab.variables("acme/shop")).toEqual([]);
    expect(await standIn.gitlab.readFile("acme/shop", ".gitlab-ci.yml")).toBeUndefined();
    expect(await standIn.gitlab.readFile("acme/shop", "docker-bake.hcl")).toBeUndefined();
  });

  it("imports a pipeline file and a variable that are there, and changes them only when it is told to", async () => {
    const made = { key: "MADE_BY_HAND", value: "yes", description: "Made by hand" };
    expect((await standIn.call("POST", "projects/acme%2Ftools/variables", made)).status).toBe(201);
    const byHand = "stages: [build]\n";
    await standIn.gitlab.commit("acme/tools", { ".gitlab-ci.yml": byHand });
    const pipelineFile = () => standIn.gitlab.readFile("acme/tools", ".gitlab-ci.yml");
    const importing = (value: string, pipeline: string) => {
      const configFile = place("Pulumi.taken.yaml");
      writeFileSync(configFile, "config: {}\n");
      return openLabStack({
        pulumi,
        projectDirectory: IMPORT,
        stack: "taken",
        configFile,
        config: [
          ...gitlabConfig(),
          { key: "taken:project", value: "acme/tools" },
          { key: "taken:key", value: made.key },
          { key: "taken:value", value },
          { key: "taken:pipeline", value: pipeline },
        ],
        stateDirectory: place("taken"),
      });
    };
    const before = mutations();
    const taken = changesIn(await (await importing("yes", byHand)).up());
    expect(taken).toEqual(expect.arrayContaining(["create variable", "create pipeline"]));
    expect(mutations()).toBe(before);
    expect(await pipelineFile()).toBe(byHand);
    const changed = "stages: [build, test]\n";
    const changes = changesIn(await (await importing("no", changed)).up());
    expect(changes).toEqual(["update pipeline content", "update variable value"]);
    expect(await pipelineFile()).toBe(changed);
    expect(standIn.gitlab.variables("acme/tools")).toContainEqual(
      expect.objectContaining({ ...made, value: "no" }),
    );
  });
});
