/** Commands of the documentation, as it has them: by the real `pulumi`, with the lab up, and on its host. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigEntry, initStack, sealStackFile } from "../../lab/engine/index.ts";
import { type Lab, labConfig, PROJECT, startLab } from "../../lab/lab.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { openStack } from "../../stack/pulumi.ts";
import { type Command, commandsFor } from "../docs/commands.ts";
import { type Copy, copyRepository } from "../docs/copy.ts";
import { type RunnerDownloads, startRunnerDownloads } from "../docs/host.ts";
import { placeOf } from "../docs/pages.ts";
import { fillIn, userEnvironment } from "../docs/pulumi.ts";
import { passwordRegistry } from "../password-registry.ts";
import { callGitlab } from "./gitlab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
});
afterAll(() => lab?.stop());

const nameOf = ({ page, block }: Command): string => `${placeOf(page, block)}, ${block.heading}`;

/** Commands in the order of these pages, then all others. */
function inOrder(commands: readonly Command[], first: readonly string[]): readonly Command[] {
  const place = ({ page }: Command) => {
    const index = first.indexOf(page.name);
    return index < 0 ? first.length : index;
  };
  return commands.toSorted((a, b) => place(a) - place(b));
}

/** What a reader of a runbook sets first. */
const namesOf = (lab: Lab) => ({
  ...{ STACK: "dev", HOST: lab.machine.address, FLEET: "linux", PROJECT },
});

const FIRST_STACK = "docs/first-stack.md";

describe("a stack of the documentation's own", () => {
  let copy: Copy;
  let variables: Record<string, string>;

  beforeAll(() => {
    copy = copyRepository();
    mkdirSync(join(copy.home, ".ssh"), { mode: 0o700 });
    copyFileSync(lab.machine.privateKeyPath, join(copy.home, ".ssh/id_ed25519"));
    variables = { ...userEnvironment(copy, lab), ...namesOf(lab) };
  });
  afterAll(() => copy?.remove());

  /** What a user types when the command asks. */
  function typed(text: string): string | undefined {
    if (/config set .*gitlab:token/.test(text)) return lab.token;
    if (text.includes("registry.password")) return lab.token;
    if (text.includes("change-secrets-provider")) return "battery-staple\nbattery-staple\n";
    return undefined;
  }

  /** Files that a page shows before the command that reads them. */
  function writeShown({ page, block }: Command): void {
    const shown = page.blocks.filter(({ words, line }) => words[0] === "json" && line < block.line).at(-1);
    if (shown && block.text.includes("policy-settings.json"))
      writeFileSync(join(copy.directory, "policy-settings.json"), shown.text);
  }

  async function run(text: string): Promise<void> {
    const before = new Set(lab.gitlab.runners().map(({ id }) => id));
    const input = typed(text);
    const { exitCode, text: said } = await copy.run(text, {
      variables,
      ...(input === undefined ? {} : { input }),
    });
    // The page says so: the lab's project has a password that open branches push by.
    if (text.includes("policy-settings.json")) {
      expect(said).toContain("[mandatory]  all-credentials-protected");
      expect(exitCode).not.toBe(0);
    } else expect(exitCode, said).toBe(0);
    // All of the fleet's runners, those that its hosts share.
    if (text.includes("--replace")) {
      expect(lab.gitlab.runners().filter(({ id }) => before.has(id))).toEqual([]);
      expect(lab.gitlab.runners()).toHaveLength(before.size);
    }
  }

  /** What pages leave to the reader, once the command before it has run. */
  async function afterwards(text: string): Promise<void> {
    if (text.includes("stack init dev")) {
      fillIn(copy, lab, "dev");
      await run(
        "npm run pulumi -- config set --secret --path 'buildx-runners:projects[0].registry.password'",
      );
    }
    if (text.includes("ssh-keygen")) {
      const key = readFileSync(join(copy.directory, "new-key.pub"), "utf8");
      const { exitCode } = await lab.machine.ssh("cat >> ~/.ssh/authorized_keys", { input: key });
      expect(exitCode).toBe(0);
    }
    if (text.includes("change-secrets-provider")) variables.PULUMI_CONFIG_PASSPHRASE = "battery-staple";
  }

  const commands = commandsFor("pulumi");
  const isLast = ({ page, block }: Command) => page.name === FIRST_STACK && block.text.includes("destroy");
  // The README has the first stack in short: its commands are held against that page's.
  const ordered = [
    ...inOrder(
      commands.filter((command) => !isLast(command) && command.page.name !== "README.md"),
      [FIRST_STACK],
    ),
    ...commands.filter(isLast),
  ];

  it.each(ordered.map((command) => [nameOf(command), command] as const))("%s", async (_name, command) => {
    writeShown(command);
    await run(command.block.text);
    await afterwards(command.block.text);
  });

  it("are in short in the README", () => {
    const lines = (name: string) =>
      commands.filter(({ page }) => page.name === name).flatMap(({ block }) => block.text.trim().split("\n"));
    expect(lines("README.md").length).toBeGreaterThan(4);
    expect(lines(FIRST_STACK)).toEqual(expect.arrayContaining(lines("README.md")));
  });
});

const VARIABLES = `projects/${encodeURIComponent(PROJECT)}/variables`;

describe("the lab's stack", () => {
  const PASSPHRASE = "correct-horse";
  let copy: Copy;
  let downloads: RunnerDownloads;
  let environment: Record<string, string>;

  beforeAll(async () => {
    copy = copyRepository();
    downloads = await startRunnerDownloads(lab.machine.bridgeAddress);
    writeStack([]);
    mkdirSync(join(copy.home, "state"));
    environment = {
      ...userEnvironment(copy, lab),
      PULUMI_BACKEND_URL: `file://${copy.home}/state`,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      ...namesOf(lab),
    };
    await initStack(copy.directory, "dev", environment);
    await up();
  });
  afterAll(async () => {
    await downloads?.stop();
    copy?.remove();
  });

  /** The lab's stack, with a runner manager and more. */
  function writeStack(more: readonly ConfigEntry[]): void {
    const runner = { key: "buildx-runners:fleets[0].gitlabRunner", value: downloads.setting };
    const text = readFileSync(join(copy.directory, "Pulumi.lab.yaml"), "utf8");
    const sealed = sealStackFile(
      text,
      [...labConfig(lab), ...passwordRegistry(lab), runner, ...more],
      PASSPHRASE,
    );
    writeFileSync(join(copy.directory, "Pulumi.dev.yaml"), sealed);
  }

  const up = async () => {
    const { root } = lab.pulumi;
    const opening = { stack: "dev", directory: copy.directory, environment };
    return (await openStack(root === undefined ? opening : { ...opening, root })).up();
  };

  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

  async function onHost(text: string): Promise<void> {
    const shell = `bash --norc -euo pipefail -c ${quoted(text)}`;
    const { exitCode, stdout, stderr } = await lab.machine.ssh(shell, { timeout: 120_000 });
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    if (text.includes("buildx-doctor")) expect(stdout).toMatch(/\d+ checks, none failed/);
  }

  async function here(text: string): Promise<void> {
    // The step before it on that page.
    const token = { key: "DELIVERY_TOKEN", value: lab.token, protected: true, masked: true };
    if (text.includes("--project")) await callGitlab(lab, "POST", VARIABLES, token);
    const { exitCode, text: said } = await copy.run(text, { variables: environment });
    expect(exitCode, said).toBe(0);
  }

  // A host that is given up is of no use to other pages.
  const GIVEN_UP = "docs/runbooks/compromised-host.md";
  const all = [...commandsFor("lab"), ...commandsFor("host")];
  const ordered = [
    ...all.filter(({ page }) => page.name !== GIVEN_UP),
    ...all.filter(({ page }) => page.name === GIVEN_UP),
  ];

  it.each(ordered.map((command) => [nameOf(command), command] as const))(
    "%s",
    (_name, { place, block: { text } }) => (place === "host" ? onHost(text) : here(text)),
  );

  it("docs/runbooks/lost-state.md: a stack whose state is gone is made anew", async () => {
    for (const { id } of [...lab.gitlab.runners()]) await callGitlab(lab, "DELETE", `runners/${id}`);
    for (const { key } of [...lab.gitlab.variables(PROJECT)])
      await callGitlab(lab, "DELETE", `${VARIABLES}/${key}`);
    environment.PULUMI_BACKEND_URL = `file://${copy.home}/new-state`;
    mkdirSync(join(copy.home, "new-state"));
    await initStack(copy.directory, "dev", environment);
    writeStack([{ key: "buildx-runners:projects[0].adopt", value: true }]);
    const { changes } = await up();
    expect(new Set(changes.map(({ op }) => op))).toEqual(new Set(["create"]));
    expect(lab.gitlab.runners()).toHaveLength(4);
    writeStack([]);
    await up();
    expect((await up()).changes).toEqual([]);
    await onHost("sudo buildx-doctor");
  });
});
