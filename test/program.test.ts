/**
 * The program as a whole under Pulumi's mocks, which record every resource and throw at whatever they do not know.
 * Mocks check no input and know no provider's defaults: the lab's end-to-end test does that.
 */
import type * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { parsed, seedValues, seedWith } from "./configs.ts";

interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** Properties that GitLab or a host decides. */
const OUTPUTS: Readonly<Record<string, Record<string, unknown>>> = {
  "gitlab:index/userRunner:UserRunner": { token: "glrt-secret-token" },
  "command:remote:Command": {
    stdout: "docker     26.1.5+dfsg1\nbuildx-runners: ready, 3 changes\n",
    stderr: "",
  },
  "gitlab:index/repositoryFile:RepositoryFile": { commitId: "c0ffee" },
  "gitlab:index/projectVariable:ProjectVariable": {},
  "gitlab:index/pipelineSchedule:PipelineSchedule": { pipelineScheduleId: 5 },
  "gitlab:index/pipelineScheduleVariable:PipelineScheduleVariable": {},
  "command:local:Command": { stdout: "{}", stderr: "" },
  "gitlab:index/tagProtection:TagProtection": {},
  "gitlab:index/projectContainerTagProtection:ProjectContainerTagProtection": {},
};

const COMPONENTS = [
  "buildx-runners:runner:Fleet",
  "buildx-runners:runner:SshHost",
  "buildx-runners:pipeline:TargetProject",
];

class Recorder implements pulumi.runtime.Mocks {
  readonly resources: Recorded[] = [];
  readonly #preview: boolean;
  readonly #files: Readonly<Record<string, string>>;

  readonly #project: Readonly<Record<string, unknown>>;

  constructor(
    preview: boolean,
    files: Readonly<Record<string, string>>,
    project: Readonly<Record<string, unknown>>,
  ) {
    this.#preview = preview;
    this.#files = files;
    this.#project = project;
  }

  newResource(args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    this.resources.push({ type: args.type, name: args.name, inputs: args.inputs });
    if (COMPONENTS.includes(args.type)) return { id: undefined, state: {} };
    const outputs = OUTPUTS[args.type];
    if (!outputs) throw new Error(`unexpected resource ${args.type}`);
    // In a preview, GitLab's answers are not known.
    return {
      id: this.#preview ? undefined : `${args.name}-id`,
      state: this.#preview ? args.inputs : { ...args.inputs, ...outputs },
    };
  }

  call(args: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    switch (args.token) {
      case "gitlab:index/getProject:getProject":
        return {
          id: "42",
          defaultBranch: "main",
          webUrl: `https://gitlab.example.com/${args.inputs.pathWithNamespace}`,
          ...this.#project,
        };
      case "gitlab:index/getRepositoryFile:getRepositoryFile": {
        const content = this.#files[String(args.inputs.filePath)];
        if (content === undefined)
          throw rpcError("GET …/repository/files: 404 {message: 404 File Not Found}");
        return { encoding: "base64", content: Buffer.from(content).toString("base64") };
      }
      default:
        throw new Error(`unexpected call ${args.token}`);
    }
  }
}

/** How the engine's protocol marks a secret. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** The value of a secret; a value that is not marked as one fails the test. */
function unsealed(value: unknown): unknown {
  expect(value).toHaveProperty(SECRET_MARK);
  return (value as { value: unknown }).value;
}

/** As the engine's protocol carries errors. */
const rpcError = (details: string): Error => Object.assign(new Error(details), { details });

async function evaluate(
  values: Record<string, unknown> = seedValues(),
  {
    preview = false,
    files = {},
    project = {},
  }: { preview?: boolean; files?: Record<string, string>; project?: Record<string, unknown> } = {},
): Promise<{ resources: Recorded[]; outputs: Record<string, unknown> }> {
  vi.resetModules();
  const sdk = await import("@pulumi/pulumi");
  const recorder = new Recorder(preview, files, project);
  await sdk.runtime.setMocks(recorder, "buildx-runners", "test", preview);
  sdk.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`buildx-runners:${key}`, JSON.stringify(value)]),
    ),
    Object.keys(values).map((key) => `buildx-runners:${key}`),
  );
  const program: Record<string, unknown> = await import("../index.ts");
  // Registrations run on behind the program's last line.
  await sdk.runtime.disconnect();
  return { resources: recorder.resources, outputs: program };
}

const named = (resources: readonly Recorded[], type: string) =>
  resources.filter((resource) => resource.type.endsWith(type));

beforeEach(() => {
  vi.unstubAllEnvs();
});

describe("the program", () => {
  it("registers exactly what the seed's case needs", async () => {
    const { resources } = await evaluate();
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "buildx-runners:pipeline:TargetProject acme/shop",
      "buildx-runners:runner:Fleet linux",
      "buildx-runners:runner:SshHost linux-10.0.0.5",
      "command:remote:Command linux-10.0.0.5-register",
      "command:remote:Command linux-10.0.0.5-setup",
      "gitlab:index/repositoryFile:RepositoryFile acme/shop-build",
      "gitlab:index/repositoryFile:RepositoryFile acme/shop-pipeline",
      "gitlab:index/userRunner:UserRunner linux-open-plain",
      "gitlab:index/userRunner:UserRunner linux-open-socket",
      "gitlab:index/userRunner:UserRunner linux-protected-plain",
      "gitlab:index/userRunner:UserRunner linux-protected-socket",
    ]);
  });

  it("gives each trust level a record and a tag of its own", async () => {
    const { resources } = await evaluate();
    const records = named(resources, ":UserRunner").map(({ inputs }) => [
      inputs.tagLists,
      inputs.accessLevel,
      inputs.untagged,
    ]);
    expect(records).toEqual([
      [["buildx-open"], "not_protected", false],
      [["buildx-open-plain"], "not_protected", false],
      [["buildx-protected"], "ref_protected", false],
      [["buildx-protected-plain"], "ref_protected", false],
    ]);
    expect(named(resources, ":UserRunner")[0]?.inputs).toMatchObject({
      runnerType: "project_type",
      projectId: 42,
      locked: true,
      maximumTimeout: 3600,
      description: "test/linux/open/socket",
    });
  });

  it("commits last: after hosts and variables", async () => {
    const values = seedValues();
    Object.assign(values.projects[0] ?? {}, {
      registry: { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" },
    });
    const { resources } = await evaluate(values);
    const order = resources.map(({ name }) => name);
    const commit = order.indexOf("acme/shop-pipeline");
    for (const name of ["linux-10.0.0.5-setup", "linux-10.0.0.5-register", "acme/shop-REGISTRY_PASSWORD"]) {
      expect(order.indexOf(name)).toBeGreaterThanOrEqual(0);
      expect(order.indexOf(name)).toBeLessThan(commit);
    }
  });

  it("commits the build before the pipeline, and starts none with it", async () => {
    const { resources } = await evaluate();
    const order = resources.map(({ name }) => name);
    expect(order.indexOf("acme/shop-build")).toBeLessThan(order.indexOf("acme/shop-pipeline"));
    const [build, pipeline] = named(resources, ":RepositoryFile");
    expect(build?.inputs).toMatchObject({ filePath: "docker-bake.hcl" });
    for (const message of ["createCommitMessage", "updateCommitMessage", "deleteCommitMessage"]) {
      expect(build?.inputs[message]).toMatch(/ \[skip ci\]$/);
      expect(pipeline?.inputs[message]).not.toContain("[skip ci]");
    }
  });

  it("tells GitLab of no runner before every host is set up", async () => {
    const { resources } = await evaluate();
    const order = resources.map(({ name }) => name);
    for (const { name } of named(resources, ":UserRunner"))
      expect(order.indexOf("linux-10.0.0.5-setup")).toBeLessThan(order.indexOf(name));
  });

  it("sends tokens by standard input alone", async () => {
    const { resources } = await evaluate();
    const commands = named(resources, ":Command");
    for (const { name, inputs } of commands) {
      const { stdin, ...rest } = inputs;
      expect(JSON.stringify(rest)).not.toContain("glrt-");
      if (name.endsWith("-register")) expect(unsealed(stdin)).toContain("glrt-secret-token");
      else expect(stdin).not.toContain("glrt-secret-token");
      expect(unsealed(inputs.connection)).toMatchObject({ hostKey: expect.stringMatching(/^ssh-ed25519 /) });
      expect(inputs.addPreviousOutputInEnv).toBe(false);
    }
  });

  it("masks and hides a registry's password", async () => {
    const values = seedValues();
    Object.assign(values.projects[0] ?? {}, {
      registry: { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" },
    });
    const { resources } = await evaluate(values);
    const variables = Object.fromEntries(
      named(resources, ":ProjectVariable").map(({ inputs }) => [inputs.key, inputs]),
    );
    expect(variables.REGISTRY_PASSWORD).toMatchObject({
      masked: true,
      hidden: true,
      raw: true,
    });
    expect(unsealed(variables.REGISTRY_PASSWORD?.value)).toBe("correct-horse");
    expect(variables.REGISTRY_IMAGE).toMatchObject({ value: "registry.example.com/acme/shop", raw: true });
  });

  it("schedules what it is told to, after the commit, and protects tags", async () => {
    const operations = { refresh: {}, protection: { tags: ["v*"], containers: true }, cleanup: {} };
    const { resources } = await evaluate(seedWith(operations));
    const position = (type: string) => resources.findIndex((one) => one.type === type);
    const schedule = "gitlab:index/pipelineSchedule:PipelineSchedule";
    expect(position(schedule)).toBeGreaterThan(
      resources.findLastIndex(({ type }) => type === "gitlab:index/repositoryFile:RepositoryFile"),
    );
    expect(resources[position(schedule)]?.inputs).toMatchObject({
      project: "acme/shop",
      ref: "refs/heads/main",
      cron: "0 4 * * 1",
      cronTimezone: "UTC",
    });
    expect(
      resources[position("gitlab:index/pipelineScheduleVariable:PipelineScheduleVariable")]?.inputs,
    ).toMatchObject({ pipelineScheduleId: 5, key: "REFRESH", value: "true" });
    expect(resources[position("gitlab:index/tagProtection:TagProtection")]?.inputs).toEqual({
      project: "acme/shop",
      tag: "v*",
      createAccessLevel: "maintainer",
    });
    expect(
      position("gitlab:index/projectContainerTagProtection:ProjectContainerTagProtection"),
    ).toBeGreaterThan(0);
    expect(resources[position("command:local:Command")]?.inputs).toMatchObject({
      environment: { GITLAB_PROJECT: "acme/shop", CLEANUP_POLICY: expect.stringContaining('"keep_n":10') },
    });
  });

  it("hands files back at the end where it is to keep them", async () => {
    const { resources } = await evaluate(seedWith({ onDestroy: "keep" }));
    const [handBack] = named(resources, "local:Command");
    expect(handBack?.inputs).toMatchObject({
      delete: expect.stringContaining("pipeline/hand-back.ts"),
      environment: { STACK: "test", BRANCH: "main", FILES: '["docker-bake.hcl",".gitlab-ci.yml"]' },
    });
    expect(handBack?.inputs.create).toBeUndefined();
    expect(named((await evaluate()).resources, "local:Command")).toEqual([]);
  });

  it("undoes on a host what it did itself, and nothing where a person has undone it", async () => {
    const { resources } = await evaluate();
    const ends = named(resources, "remote:Command").map(({ inputs }) => inputs.delete);
    expect(ends).toEqual([
      "[ ! -e /usr/local/lib/buildx-runners/lib.sh ] || sudo -n /usr/local/lib/buildx-runners/teardown.sh 'test/linux'",
      "[ ! -e /usr/local/lib/buildx-runners/lib.sh ] || sudo -n /usr/local/lib/buildx-runners/register.sh --remove 'test/linux'",
    ]);
  });

  it("is the same the second time", async () => {
    const [first, second] = [await evaluate(), await evaluate()];
    expect(second.resources).toEqual(first.resources);
  });

  it("previews with everything unknown that GitLab decides", async () => {
    const { resources } = await evaluate(seedValues(), { preview: true });
    expect(resources).toHaveLength(11);
    expect(JSON.stringify(resources)).not.toMatch(/undefined|\[object Object\]|Calling \[toString\]/);
    const register = resources.find(({ name }) => name.endsWith("-register"));
    expect(unsealed(register?.inputs.stdin)).not.toBeTypeOf("string");
  });

  it("drops the commands of a machine that is gone", async () => {
    const values = seedValues();
    Object.assign(values.fleets[0]?.hosts[0] ?? {}, { gone: true });
    expect((await evaluate(values)).resources).toHaveLength(11);
  });

  it("goes through a bastion, whose key is checked too", async () => {
    const values = seedValues();
    const host = values.fleets[0]?.hosts[0];
    Object.assign(host ?? {}, {
      bastion: { address: "bastion.example.com", user: "jump", hostKey: host?.hostKey },
    });
    const { resources } = await evaluate(values);
    expect(unsealed(named(resources, ":Command")[0]?.inputs.connection)).toMatchObject({
      proxy: { host: "bastion.example.com", user: "jump", hostKey: host?.hostKey },
    });
  });
});

describe("the outputs", () => {
  /** As `pulumi stack output --json` would have them; what is not known yet is missing. */
  async function outputsOf(run: { outputs: Record<string, unknown> }): Promise<unknown> {
    const sdk = await import("@pulumi/pulumi");
    const all = sdk.output(run.outputs);
    expect(await sdk.isSecret(all)).toBe(false);
    // The engine's own way to wait for values of which some are unknown; the SDK declares it internal.
    const { promise } = all as unknown as { promise(withUnknowns: boolean): Promise<unknown> };
    return JSON.parse(JSON.stringify(await promise(true)));
  }

  it("say where everything is, and how to look at it", async () => {
    expect(await outputsOf(await evaluate())).toEqual({
      runners: Object.fromEntries(
        ["open/socket", "open/plain", "protected/socket", "protected/plain"].map((place) => [
          `test/linux/${place}`,
          `https://gitlab.com/acme/shop/-/runners/linux-${place.replace("/", "-")}-id`,
        ]),
      ),
      hosts: {
        "linux/10.0.0.5": {
          setup: "buildx-runners: ready, 3 changes",
          docker: "26.1.5+dfsg1",
          ssh: "ssh admin@10.0.0.5",
          doctor: "ssh admin@10.0.0.5 sudo buildx-doctor",
        },
      },
      versions: {
        linux: {
          gitlabRunner: "none",
          buildkit: "moby/buildkit:v0.23.2",
          docker: "of the distribution",
        },
      },
      pipelines: {
        "acme/shop": {
          page: "https://gitlab.example.com/acme/shop/-/pipelines",
          commit: "https://gitlab.example.com/acme/shop/-/commit/c0ffee",
          registry: "https://gitlab.example.com/acme/shop/container_registry",
        },
      },
    });
  });

  it("say in a preview what is known by then", async () => {
    const outputs = await outputsOf(await evaluate(seedValues(), { preview: true }));
    expect(outputs).toMatchObject({
      versions: { linux: { gitlabRunner: "none" } },
      pipelines: { "acme/shop": { page: "https://gitlab.example.com/acme/shop/-/pipelines" } },
    });
    expect(JSON.stringify(outputs)).not.toMatch(/undefined|\[object Object\]|Calling \[toString\]/);
  });
});

describe("a runner record without a token", () => {
  it("is named at the record itself, with the command that makes it anew", async () => {
    vi.resetModules();
    const sdk = await import("@pulumi/pulumi");
    await sdk.runtime.setMocks(new Recorder(false, {}, {}), "buildx-runners", "test", false);
    const { checkToken, createRunners } = await import("../runner/user-runners.ts");
    const { recordsOf } = await import("../runner/fleets/kinds.ts");
    const [fleet] = parsed(seedValues()).fleets;
    if (!fleet) throw new Error("the seed's configuration has no fleet");
    const owner = { runnerType: "project_type", projectId: 42 } as const;
    const [runner] = createRunners("linux", owner, recordsOf("test", fleet), {});
    if (!runner) throw new Error("the fleet has no runner");
    expect(checkToken(runner, "glrt-secret-token", "urn:x")).toBe("glrt-secret-token");
    for (const token of [undefined, "", "glrt a\tb"]) {
      const failure = (() => {
        try {
          return checkToken(runner, token, "urn:x");
        } catch (error) {
          return error;
        }
      })();
      expect(sdk.ResourceError.isInstance(failure) && failure.resource).toBe(runner.resource);
      expect(failure).toMatchObject({
        message: expect.stringMatching(
          /^there is no token of runner test\/linux\/open\/socket: .*: pulumi up --replace 'urn:x'$/,
        ),
        hideStack: true,
      });
    }
    await sdk.runtime.disconnect();
  });
});

describe("the program stops with nothing registered", () => {
  it("at a pipeline that another program wrote", async () => {
    await expect(
      evaluate(seedValues(), { files: { ".gitlab-ci.yml": "stages: [build]\n" } }),
    ).rejects.toThrow(/nothing was changed:\n {2}- acme\/shop: \.gitlab-ci\.yml exists/);
  });

  it("at a project where the token's user is a Developer, once", async () => {
    const permissions = [{ projectAccess: { access_level: 30 }, groupAccess: {} }];
    const failure = await evaluate(seedValues(), { project: { permissions } }).catch((error: unknown) =>
      String(error),
    );
    expect(failure).toMatch(
      /nothing was changed:\n {2}- acme\/shop: the token's user has the role Developer/,
    );
    expect(String(failure).match(/acme\/shop/g)).toHaveLength(1);
  });

  it("at a mistake in the configuration, naming all of it", async () => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, { concurency: 2, refs: "all" });
    await expect(evaluate(values)).rejects.toThrow(/has 2 problems; nothing was changed/);
  });

  it("at a secret that the engine does not know for one", async () => {
    vi.resetModules();
    const sdk = await import("@pulumi/pulumi");
    await sdk.runtime.setMocks(new Recorder(false, {}, {}), "buildx-runners", "test", false);
    const values = seedValues();
    sdk.runtime.setAllConfig({ "buildx-runners:fleets": JSON.stringify(values.fleets) }, []);
    const failure = await import("../index.ts").then(
      () => "no failure",
      (error: unknown) => String(error),
    );
    expect(failure).toContain("buildx-runners:fleets[0].hosts[0].privateKey: a secret in plain text");
    expect(failure).not.toContain("MC4CAQAwBQYDK2Vw");
  });
});
