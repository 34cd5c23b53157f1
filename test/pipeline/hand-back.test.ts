import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OWN_FILE } from "../../pipeline/ownership.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { seedConfig } from "../configs.ts";
import { type StandIn, startStandIn } from "../lab/gitlab/stand-in.ts";

const PROJECT = "acme/shop";

function generated(stack: string): Record<string, string> {
  const config = { ...seedConfig(), stack };
  const [project] = config.projects;
  if (!project) throw new Error("the seed's configuration has no project");
  const { bake, pipeline } = projectFiles(config, project);
  return { [bake.path]: bake.content, [pipeline.path]: pipeline.content };
}

describe("the program that hands files back", () => {
  let standIn: StandIn;
  beforeAll(async () => {
    standIn = await startStandIn();
  });
  afterAll(() => standIn.stop());
  beforeEach(() => standIn.gitlab.commit(PROJECT, generated("dev")));

  const read = (path: string) => standIn.gitlab.readFile(PROJECT, path);
  const commits = async () => (await standIn.gitlab.commits(PROJECT)).map(({ message }) => message);

  async function run({ token = standIn.gitlab.adminToken, stack = "dev", project = PROJECT } = {}) {
    const env = {
      PATH: process.env.PATH,
      GITLAB_API: standIn.gitlab.apiUrl.replace(/\/$/, ""),
      GITLAB_PROJECT: project,
      BRANCH: "main",
      STACK: stack,
      FILES: JSON.stringify(["docker-bake.hcl", OWN_FILE, "not/there.yml"]),
    };
    const running = promisify(execFile)(process.execPath, ["pipeline/hand-back.ts"], { env });
    running.child.stdin?.end(token);
    try {
      return { ...(await running), code: 0 };
    } catch (error) {
      return error as { stdout: string; stderr: string; code: number };
    }
  }

  it("takes the stack's name out of both, starts no pipeline, and does it once", async () => {
    expect(await run()).toMatchObject({
      code: 0,
      stderr: "",
      stdout: "handed back docker-bake.hcl\nhanded back .gitlab-ci.yml\n",
    });
    for (const path of Object.keys(generated("dev")))
      expect(await read(path)).toMatch(/^# Made by buildx-runners\. Its stack dev has let this file go/);
    const after = await commits();
    expect(after.slice(0, 2).every((message) => message.includes("[skip ci]"))).toBe(true);
    expect(await run()).toMatchObject({ code: 0, stdout: "" });
    expect(await commits()).toEqual(after);
  });

  it("leaves alone what is another stack's by now, or a person's", async () => {
    await standIn.gitlab.commit(PROJECT, { ...generated("prod"), "docker-bake.hcl": "group {}\n" });
    expect(await run()).toMatchObject({ code: 0, stdout: "" });
    expect(await read(OWN_FILE)).toBe(generated("prod")[OWN_FILE]);
    expect(await read("docker-bake.hcl")).toBe("group {}\n");
  });

  it("has nothing to do in a project that is gone", async () => {
    expect(await run({ project: "acme/gone" })).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("says what is wrong with a token, without it", async () => {
    const { code, stdout, stderr } = await run({ token: "glpat-unknown" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^files of acme\/shop: GitLab says 401 .* scope api/);
    expect(stdout + stderr).not.toContain("glpat-unknown");
  });
});
