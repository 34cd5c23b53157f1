/** Bad input, on the lab: one clear message each, and neither GitLab nor the host hears of it. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigEntry } from "../../lab/engine/index.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import { runDirectory } from "../../lab/paths.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { StackError } from "../../stack/engine.ts";
import { seedConfig } from "../configs.ts";
import { passwordRegistry } from "../password-registry.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps });
});
afterAll(() => lab?.stop());

describe("bad input stops the run with one message, and nothing is changed", () => {
  const fleet = "buildx-runners:fleets[0]";
  const project = "buildx-runners:projects[0]";
  const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  const mutations = () =>
    lab.gitlab.requests.filter(({ method }) => method !== "GET" && method !== "HEAD").length;

  /** A stack of its own, so that everything would have to be created. */
  async function failure(config: ConfigEntry[]): Promise<string> {
    const before = mutations();
    const directory = runDirectory("bad-input");
    rmSync(directory, { recursive: true, force: true });
    const engine = await lab.engine({ config, stateDirectory: directory });
    const message = await engine.up().then(
      () => "it succeeded",
      (error: unknown) => {
        expect(error).toBeInstanceOf(StackError);
        return (error as Error).message;
      },
    );
    expect(mutations(), message).toBe(before);
    expect(message).not.toMatch(/\n\s+at .*\.(?:ts|js):\d+/);
    return message;
  }

  it.each<[string, () => ConfigEntry[], RegExp]>([
    [
      "an unknown key",
      () => [{ key: `${fleet}.concurency`, value: 2 }],
      /concurency: unknown key; did you mean 'concurrency'\?/,
    ],
    [
      "a wrong type",
      () => [{ key: `${fleet}.concurrency`, value: "two" }],
      /concurrency: "two" is not allowed here; allowed: a number/,
    ],
    [
      "an image name outside the OCI grammar",
      () => [{ key: `${project}.images[0].name`, value: "App;id" }],
      /images\[0\]\.name: "App;id" is not allowed/,
    ],
    [
      "a path that leaves the repository",
      () => [{ key: `${project}.images[0].context`, value: "../.." }],
      /images\[0\]\.context: .*stays inside the repository/,
    ],
    [
      "a duplicate name",
      () => [{ key: `${project}.images[0].name`, value: "db-init" }],
      /images\[1\]\.name: .*images\[0\] has the same one/,
    ],
    [
      "a secret in plain text",
      () => [...passwordRegistry(lab), { key: `${project}.registry.password`, value: "correct-horse" }],
      /registry\.password: a secret in plain text/,
    ],
    [
      "a value that GitLab cannot mask",
      () => [
        ...passwordRegistry(lab),
        { key: `${project}.registry.password`, value: "two words", secret: true },
      ],
      /registry\.password: \[secret\] is not allowed here; allowed: a secret that GitLab can mask/,
    ],
    [
      "a wrong GitLab token",
      () => [{ key: "gitlab:token", value: "glpat-wrong-token-1", secret: true }],
      /GitLab refuses the token\. Check gitlab:token/,
    ],
    [
      "a project that does not exist",
      () => [
        { key: `${project}.path`, value: "acme/shop2" },
        { key: `${fleet}.scope`, value: { group: "acme" } },
      ],
      /acme\/shop2: GitLab has no such project/,
    ],
    [
      "no permission on the project",
      () => {
        lab.gitlab.createUser("developer", { [PROJECT]: "developer" });
        const token = lab.gitlab.createToken("developer", { scopes: ["api", "create_runner"] });
        return [{ key: "gitlab:token", value: token, secret: true }];
      },
      /acme\/shop: the token's user has the role Developer/,
    ],
    ["a wrong host key", () => [{ key: `${fleet}.hosts[0].hostKey`, value: otherKey }], /host key/i],
    [
      "an unreachable host",
      () => [{ key: `${fleet}.hosts[0].address`, value: "10.77.0.99" }],
      /10\.77\.0\.99/,
    ],
  ])("%s", async (_, config, message) => {
    expect(await failure(config())).toMatch(message);
  });

  it("a pipeline that somebody else wrote; include: true goes beside it", async () => {
    await lab.gitlab.commit(PROJECT, { ".gitlab-ci.yml": "stages: [build]\n" });
    try {
      expect(await failure([])).toMatch(
        /\.gitlab-ci\.yml exists, and this stack did not write it\. Set adopt: true/,
      );
    } finally {
      await lab.gitlab.commit(PROJECT, { ".gitlab-ci.yml": undefined });
    }
  });

  it("a pipeline of another stack, whose name it says", async () => {
    const config = seedConfig();
    const [project] = config.projects;
    if (!project) throw new Error("the seed's configuration has no project");
    const { pipeline } = projectFiles({ ...config, stack: "prod", gitlabUrl: lab.gitlab.url }, project);
    await lab.gitlab.commit(PROJECT, { ".gitlab-ci.yml": pipeline.content });
    try {
      expect(await failure([])).toMatch(/belongs to stack prod/);
    } finally {
      await lab.gitlab.commit(PROJECT, { ".gitlab-ci.yml": undefined });
    }
  });

  it("a host that is no supported system, before anything is installed there", async () => {
    const fake = "ID=alpine\nVERSION_ID=3.20\n";
    await lab.machine.exec(
      "cat > /run/os-release.fake && mount --bind /run/os-release.fake /usr/lib/os-release",
      { input: fake },
    );
    try {
      expect(await failure([])).toMatch(/unsupported system 'alpine 3\.20'/);
    } finally {
      await lab.machine.exec("umount /usr/lib/os-release");
    }
    const traces = await lab.machine.exec(
      "ls -d /usr/local/lib/buildx-runners /var/lib/buildx; getent passwd gitlab-runner",
    );
    expect(traces.stdout).toBe("");
  });
});
