/** The main job from end to end on the lab: what the stack and its committed pipeline promise, attacks included. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { type Lab, PROJECT, startLab, stateDirectory } from "../../lab/lab.ts";
import { logDirectory } from "../../lab/paths.ts";
import type { PipelineResult } from "../../lab/pipeline/index.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { brokenInitDb, changedApp } from "../../lab/sample/index.ts";
import { explain } from "./results.ts";

const IMAGES = ["app", "db-init"];
const repository = (image: string): string => `${PROJECT}/${image}`;

let lab: Lab;
let first: PipelineResult;
/** Command lines of every process, here and on the host, while the first pipeline ran. */
const processes = new Set<string>();

const digest = (image: string, tag: string) => lab.registry.digest(repository(image), tag);
const digests = (tag: string) => Promise.all(IMAGES.map((image) => digest(image, tag)));

/** Puts samples of the process lists aside until the work is done. */
async function watchProcesses<T>(work: Promise<T>): Promise<T> {
  let busy = true;
  const watching = (async () => {
    while (busy) {
      const here = execFileSync("ps", ["-axww", "-o", "args="], { encoding: "utf8" });
      for (const line of here.split("\n")) processes.add(line);
      await sleep(150);
    }
  })();
  try {
    return await work;
  } finally {
    busy = false;
    await watching;
  }
}

async function pipeline(branch = "main"): Promise<PipelineResult> {
  return runCommittedPipeline(lab, { branch });
}

async function passing(branch = "main"): Promise<PipelineResult> {
  const result = await pipeline(branch);
  expect(result.status, explain(result)).toBe("success");
  return result;
}

/** Build steps that ran, instead of coming from a cache. */
function built(log: string): string[] {
  const steps = new Map(
    [...log.matchAll(/#(\d+) (\[[^\s\]]+ [^\]\n]*\d+\/\d+\] (?:RUN|COPY|ADD|WORKDIR) .*)/g)].map(
      ([, id, step]) => [id, step],
    ),
  );
  return [...steps].filter(([id]) => !log.includes(`#${id} CACHED`)).map(([, step]) => step ?? "");
}

const builderOf = async (level: string): Promise<string> => {
  const docker = `docker -H unix:///var/lib/buildx/${level}/docker.sock`;
  return (
    await lab.machine.exec(
      `${docker} inspect --format '{{.Id}} {{.State.StartedAt}}' buildx_buildkit_buildx-runners0`,
    )
  ).stdout;
};

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, faults: true });
  const engine = await lab.engine();
  await engine.up();
  first = await watchProcesses(passing());
});
afterAll(() => lab?.stop());

describe("the committed pipeline", () => {
  it("pushes both images by commit, branch and latest, with one digest each", async () => {
    const [byCommit, byBranch, byLatest] = await Promise.all([
      digests(first.sha),
      digests("main"),
      digests("latest"),
    ]);
    expect(byCommit.every((found) => /^sha256:[0-9a-f]{64}$/.test(found ?? ""))).toBe(true);
    expect(byBranch).toEqual(byCommit);
    expect(byLatest).toEqual(byCommit);
    expect(new Set(byCommit).size).toBe(2);
  });

  it("keeps a cache repository for each image", async () => {
    for (const image of IMAGES)
      expect(await lab.registry.listTags(`${repository(image)}/cache`)).toEqual(["protected-default"]);
  });

  it("proves db-init on a live PostGIS", () => {
    expect(first.log).toMatch(/PostGIS 3\.3\.\d+, \d+ shops/);
    expect(first.log).toMatch(/db-init is valid: \S+@sha256:[0-9a-f]{64}/);
  });

  it("runs docker-build with the socket and the others without, both on the protected level", () => {
    expect(first.jobs.map(({ name, runner }) => [name, runner])).toEqual([
      ["docker-build", "lab/linux/protected/socket"],
      ["attestations", "lab/linux/protected/plain"],
      ["promote", "lab/linux/protected/plain"],
    ]);
  });

  it("builds nothing the second time", async () => {
    expect(built(first.log).length).toBeGreaterThan(3);
    expect(built((await passing()).log)).toEqual([]);
  });

  it("builds nothing from the registry's cache alone, when the builder's state is thrown away", async () => {
    const docker = "docker -H unix:///var/lib/buildx/protected/docker.sock";
    const prune = `${docker} exec buildx_buildkit_buildx-runners0 buildctl prune --all`;
    const usage = `${docker} exec buildx_buildkit_buildx-runners0 buildctl du`;
    expect((await lab.machine.exec(prune)).exitCode).toBe(0);
    expect((await lab.machine.exec(usage)).stdout).toMatch(/Total:\s+0B/);
    expect(built((await passing()).log)).toEqual([]);
  });

  it("fails at a broken init_db.py, and moves neither the branch's tag nor latest", async () => {
    const before = await Promise.all([digests("main"), digests("latest")]);
    const broken = brokenInitDb();
    const sha = await lab.gitlab.commit(PROJECT, broken, { message: "Break the migration" });
    const result = await pipeline();
    expect(result.status).toBe("failed");
    expect(result.jobs.map(({ name, status }) => [name, status])).toEqual([
      ["docker-build", "failed"],
      ["attestations", "skipped"],
      ["promote", "skipped"],
    ]);
    expect(result.log).toMatch(/db-init failed its validation: exit 1, .*No tag has moved/);
    expect(await Promise.all([digests("main"), digests("latest")])).toEqual(before);
    expect(await digest("db-init", sha)).toBeDefined();
    await lab.gitlab.commit(
      PROJECT,
      Object.fromEntries(Object.keys(broken).map((file) => [file, undefined])),
    );
  });

  it("does not fail when the registry refuses the cache", async () => {
    await lab.gitlab.commit(PROJECT, await changedApp("the cache is refused"));
    lab.registry.refusePush(/\/cache$/);
    try {
      const result = await passing();
      expect(result.log).toMatch(/error.*cache|cache.*error|403|denied/i);
    } finally {
      lab.registry.refusePush(undefined);
    }
  });
});

describe("branches", () => {
  it("build at once on one host, and disturb neither builder", async () => {
    const branches = ["feature/one", "feature/two"];
    for (const branch of branches) await lab.gitlab.commit(PROJECT, await changedApp(branch), { branch });
    const latest = await digests("latest");
    const builders = [await builderOf("open"), await builderOf("protected")];
    const results = await Promise.all([...branches, "main"].map((branch) => passing(branch)));

    expect([await builderOf("open"), await builderOf("protected")]).toEqual(builders);
    expect(results[0]?.jobs.map(({ runner }) => runner)).toEqual([
      "lab/linux/open/socket",
      "lab/linux/open/plain",
      "lab/linux/open/plain",
    ]);
    for (const [index, slug] of ["feature-one", "feature-two"].entries())
      expect(await digests(slug)).toEqual(await digests(results[index]?.sha ?? ""));
    expect(await digest("app", "feature-one")).not.toBe(await digest("app", "feature-two"));
    // Only the default branch moves it, and that moved to what it built itself.
    expect(await digests("latest")).toEqual(await digests(results[2]?.sha ?? ""));
    expect(latest).toHaveLength(2);
  });

  it("write caches that protected builds do not read", async () => {
    const tags = await lab.registry.listTags(`${repository("app")}/cache`);
    expect(tags).toEqual(["open-ref-feature-one", "open-ref-feature-two", "protected-default"]);
    expect((await passing()).log).toContain("reads caches protected-default; writes protected-default");
  });
});

describe("secrets", () => {
  const secrets = (): Record<string, string> => ({
    ...Object.fromEntries(lab.gitlab.jobTokens().map((token, index) => [`job token ${index}`, token])),
    "GitLab token": lab.token,
    "SSH key": readFileSync(lab.machine.privateKeyPath, "utf8").split("\n")[2] ?? "",
    ...Object.fromEntries(lab.gitlab.runners().map(({ id, token }) => [`runner token ${id}`, token])),
  });
  const findIn = (text: string): string[] =>
    Object.entries(secrets())
      .filter(([, value]) => value.length < 8 || text.includes(value))
      .map(([name]) => name);
  const filesBelow = (directory: string): string[] =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  it("are in no job's log", () => {
    expect(first.log.length).toBeGreaterThan(1000);
    expect(findIn(first.log)).toEqual([]);
  });

  it("are in no process's arguments", () => {
    expect([...processes].some((line) => line.includes("docker-buildx"))).toBe(true);
    expect(findIn([...processes].join("\n"))).toEqual([]);
  });

  it("are in no state file, and in no log of the lab", () => {
    const files = [...filesBelow(stateDirectory), ...filesBelow(logDirectory)];
    expect(files.some((file) => /state|stack/.test(file))).toBe(true);
    for (const file of files) expect(findIn(readFileSync(file, "latin1")), file).toEqual([]);
  });

  /** Files on the host that hold one of the values, and how many lines of its journal do. */
  async function onHost(values: string[]): Promise<string[]> {
    const words = values.map((value) => `-e '${value}'`).join(" ");
    const files = "find / -xdev -type f -size -50M -not -path '/proc/*' -not -path '/sys/*' -print0";
    const { stdout } = await lab.machine.exec(
      `${files} | xargs -0 grep -lF ${words} --; echo "journal: $(journalctl --no-pager | grep -cF ${words})"`,
    );
    return stdout.trim().split("\n").sort();
  }

  it("are on the host in the managers' files alone", async () => {
    const others = Object.entries(secrets()).filter(([name]) => !name.startsWith("job token"));
    expect(await onHost(others.map(([, value]) => value))).toEqual([
      "/etc/gitlab-runner/open/config.toml",
      "/etc/gitlab-runner/protected/config.toml",
      "journal: 0",
    ]);
  });

  it("of a job's variables are nowhere but in its own level's daemon", async () => {
    // A job's variables are its container's environment, which the daemon keeps in a directory of its own account.
    const found = await onHost([...lab.gitlab.jobTokens()]);
    const daemons = /^\/var\/lib\/buildx\/(?:open|protected)\/home\/docker\//;
    expect(found.filter((file) => !daemons.test(file))).toEqual(["journal: 0"]);
  });

  it("are not in the committed file, and neither is a privilege", async () => {
    const text = (await lab.gitlab.readFile(PROJECT, ".gitlab-ci.yml")) ?? "";
    expect(text).toContain("docker-build:");
    expect(findIn(text)).toEqual([]);
    expect(text).not.toMatch(/privileged|dind/);
  });
});

describe("a second run", () => {
  it("changes nothing, and commits nothing", async () => {
    const commits = (await lab.gitlab.commits(PROJECT)).length;
    const { changes } = await (await lab.engine()).up();
    expect(changes).toEqual([]);
    expect((await lab.gitlab.commits(PROJECT)).length).toBe(commits);
  });
});

describe("the end", () => {
  it("is a GitLab and a machine as they were", async () => {
    await (await lab.engine()).destroy();
    expect(lab.gitlab.runners()).toEqual([]);
    expect(lab.gitlab.variables(PROJECT)).toEqual([]);
    expect(await lab.gitlab.readFile(PROJECT, ".gitlab-ci.yml")).toBeUndefined();
    const traces =
      "ls -d /usr/local/lib/buildx-runners /etc/gitlab-runner /var/lib/buildx 2>/dev/null; getent passwd | grep -c ^buildx-";
    expect((await lab.machine.exec(traces)).stdout.trim()).toBe("0");
  });
});
