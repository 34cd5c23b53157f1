/** A stack with a host that is really set up: interrupted in the middle, resumed, changed, and taken down. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigEntry, LabStackOptions } from "../../../lab/engine/index.ts";
import { type Lab, PROJECT, startLab } from "../../../lab/lab.ts";
import { loggedSteps } from "../../../lab/progress.ts";
import { type StackEngine, StackError } from "../../../stack/engine.ts";
import { changesIn } from "./changes.ts";

const OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const FLEET = "buildx-runners:fleets[0]";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps });
});
afterAll(() => lab?.stop());

describe("a stack with a host", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "buildx-runners-engine-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const engine = (
    config: readonly ConfigEntry[] = [],
    more: Partial<LabStackOptions> = {},
  ): Promise<StackEngine> => lab.engine({ ...more, stateDirectory: directory, config });
  const larger = [{ key: `${FLEET}.concurrency`, value: 3 }];
  /** Both of the host's commands, with the property that changes of each. */
  const commands = (op: string, setup: string, register: string): string[] => [
    `${op} linux-${lab.machine.address}-register ${register}`,
    `${op} linux-${lab.machine.address}-setup ${setup}`,
  ];
  const jobsAtOnce = async () =>
    (await lab.machine.exec("grep ^concurrent /etc/gitlab-runner/*/config.toml")).stdout.match(/\d+$/gm);

  it("is interrupted in the middle of the host's set-up, before GitLab hears of a runner", async () => {
    const interruption = new AbortController();
    const stack = await engine([], { signal: interruption.signal });
    const running = stack.up().catch((error: unknown) => error);
    const half = await lab.machine.exec(
      "for _ in $(seq 1200); do [ -e /var/lib/buildx/open ] && exit; sleep 0.1; done; exit 1",
    );
    interruption.abort();
    expect(await running).toBeInstanceOf(StackError);
    expect(half.exitCode).toBe(0);
    expect(lab.gitlab.runners()).toHaveLength(0);
    expect(await lab.gitlab.readFile(PROJECT, ".gitlab-ci.yml")).toBeUndefined();
  });

  it("is resumed by the next run, which finishes the host", async () => {
    const stack = await engine();
    await stack.up();
    expect(lab.gitlab.runners()).toHaveLength(4);
    expect(await lab.gitlab.readFile(PROJECT, ".gitlab-ci.yml")).toContain("docker-build:");
    const docker = (await lab.machine.exec("dockerd --version")).stdout.match(/version ([^,]+),/)?.[1];
    const ssh = `ssh ${lab.machine.user}@${lab.machine.address}`;
    expect((await stack.outputs()).hosts).toEqual({
      [`linux/${lab.machine.address}`]: {
        setup: expect.stringMatching(/^buildx-runners: ready, \d+ changes$/),
        docker,
        ssh,
        doctor: `${ssh} sudo buildx-doctor`,
      },
    });
    expect(await jobsAtOnce()).toEqual(["2", "2"]);
  });

  it("changes nothing the second time, nor after a refresh", async () => {
    const commits = (await lab.gitlab.commits(PROJECT)).length;
    const stack = await engine();
    expect(changesIn(await stack.up())).toEqual([]);
    await stack.refresh();
    expect(changesIn(await stack.up())).toEqual([]);
    expect((await lab.gitlab.commits(PROJECT)).length).toBe(commits);
  });

  it.each<[string, () => readonly ConfigEntry[], () => readonly string[]]>([
    [
      "the builders' garbage collection",
      () => [{ key: `${FLEET}.builder.maxUsedSpace`, value: "9GB" }],
      () => commands("update", "stdin", "create"),
    ],
    [
      "the host's key",
      () => [{ key: `${FLEET}.hosts[0].hostKey`, value: OTHER_KEY }],
      // A connection is secret as a whole, and no event has a secret's value: all secret properties are named then.
      () => commands("update", "connection", "connection,stdin"),
    ],
  ])("would change for %s the host's commands alone", async (_, config, changes) => {
    expect(changesIn(await (await engine(config())).preview())).toEqual(changes());
  });

  it("would replace the host's commands at another port, which may be another machine's", async () => {
    const { changes } = await (await engine([{ key: `${FLEET}.hosts[0].port`, value: 2222 }])).preview();
    // Not every provider says what a replacement is for.
    expect(changes.map(({ op, name }) => [op, name]).sort()).toEqual([
      ["replace", `linux-${lab.machine.address}-register`],
      ["replace", `linux-${lab.machine.address}-setup`],
    ]);
  });

  it("changes a host in place", async () => {
    const ids = lab.gitlab.runners().map(({ id }) => id);
    expect(changesIn(await (await engine(larger)).up())).toEqual(commands("update", "stdin", "create"));
    expect(await jobsAtOnce()).toEqual(["3", "3"]);
    expect(lab.gitlab.runners().map(({ id }) => id)).toEqual(ids);
  });

  it("leaves GitLab and the machine as they were when it is destroyed", async () => {
    await (await engine(larger)).destroy();
    expect(lab.gitlab.runners()).toHaveLength(0);
    expect(lab.gitlab.variables(PROJECT)).toEqual([]);
    expect(await lab.gitlab.readFile(PROJECT, ".gitlab-ci.yml")).toBeUndefined();
    const traces =
      "ls -d /usr/local/lib/buildx-runners /etc/gitlab-runner /var/lib/buildx 2>/dev/null; getent passwd | grep -c ^buildx-";
    expect((await lab.machine.exec(traces)).stdout.trim()).toBe("0");
  });
});
