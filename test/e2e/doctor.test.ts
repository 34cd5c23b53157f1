/** `npm run doctor` on a stack of the lab: before `up`, after it, and with one thing after another broken. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check, Status } from "../../doctor/check.ts";
import type { Report } from "../../doctor/report.ts";
import { type ConfigEntry, initStack, pulumiEnvironment, sealStackFile } from "../../lab/engine/index.ts";
import { type Lab, labConfig, PROJECT, startLab, USER } from "../../lab/lab.ts";
import { repositoryDirectory } from "../../lab/paths.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { openStack } from "../../stack/pulumi.ts";
import { passwordRegistry } from "../password-registry.ts";
import { newKey } from "../sshd.ts";

const PASSPHRASE = "correct-horse-battery-staple";

let lab: Lab;
let directory: string;
let before: Report;
let healthy: Report;
/** Everything that was ever printed. */
const printed: string[] = [];

/** A user's shell. */
const environment = () => ({
  ...pulumiEnvironment(lab.pulumi),
  PULUMI_BACKEND_URL: `file://${directory}/state`,
  PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
});

/** A directory with the program and the lab's stack. */
function writeStack(more: readonly ConfigEntry[] = []): void {
  const text = readFileSync(join(repositoryDirectory, "Pulumi.lab.yaml"), "utf8");
  writeFileSync(
    join(directory, "Pulumi.lab.yaml"),
    sealStackFile(text, [...labConfig(lab), ...passwordRegistry(lab), ...more], PASSPHRASE),
  );
}

async function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const program = join(repositoryDirectory, "doctor/cli.ts");
  const result = await execa(process.execPath, [program, ...argv], {
    cwd: directory,
    env: { ...process.env, GITLAB_TOKEN: undefined, SSH_AUTH_SOCK: undefined, ...environment(), ...env },
    extendEnv: false,
    reject: false,
  });
  printed.push(result.stdout, result.stderr);
  return result;
}

async function doctor(env: NodeJS.ProcessEnv = {}): Promise<Report> {
  const { stdout, stderr, exitCode } = await run(["--stack", "lab", "--json"], env);
  const report = JSON.parse(stdout || "{}") as Report;
  expect(exitCode, stderr).toBe(report.ok ? 0 : 1);
  return report;
}

const of = (report: Report, id: string): Check | undefined => report.checks.find((check) => check.id === id);

/** Id, found and remedy of whatever is of this status. */
const all = (report: Report, status: Status): string[] =>
  report.checks
    .filter((check) => check.status === status)
    .map(({ id, found, remedy }) => `${id}: ${found} -> ${remedy}`);

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps });
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-doctor-"));
  mkdirSync(join(directory, "state"));
  for (const file of ["Pulumi.yaml", "package.json"])
    copyFileSync(join(repositoryDirectory, file), join(directory, file));
  for (const name of ["main.ts", "node_modules"])
    symlinkSync(join(repositoryDirectory, name), join(directory, name));
  writeStack();
  await initStack(directory, "lab", environment());
  before = await doctor();
  const { root } = lab.pulumi;
  const opening = { stack: "lab", directory, environment: environment() };
  await (await openStack(root === undefined ? opening : { ...opening, root })).up();
  healthy = await doctor();
});
afterAll(async () => {
  await lab?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

describe("a stack before its first update", () => {
  it("fails in nothing, and says of what is not there yet who makes it", () => {
    expect(all(before, "failed")).toEqual([]);
    for (const id of [
      "runner.open-socket",
      "jobs.protected-plain",
      "variable.REGISTRY_PASSWORD",
      "project.pipeline-file",
      "host.installed",
    ])
      expect(of(before, id)).toMatchObject({ status: "skipped", remedy: "npm run pulumi -- up --stack lab" });
  });

  it("knows already that host and GitLab are fit for it", () => {
    for (const id of [
      "token.scopes",
      "gitlab.tls",
      "project.branch-push",
      "host.host-key",
      "host.sudo",
      "host.clock",
      "host.system",
      "host.reaches-gitlab",
    ])
      expect(of(before, id)).toMatchObject({ status: "ok" });
  });
});

describe("a stack that is up", () => {
  it("fails in nothing, and warns of what the lab does without", () => {
    expect(all(healthy, "failed")).toEqual([]);
    const warned = healthy.checks.flatMap(({ id, status }) => (status === "warning" ? [id] : []));
    expect(warned).toEqual(
      expect.arrayContaining([
        "project.tags",
        "jobs.open-socket",
        "jobs.protected-socket",
        "host.gitlab-runner",
      ]),
    );
    const explained =
      /^(?:stack\.expiry$|project\.tags|jobs\.|host\.gitlab-runner$|host\.cgroup$|host\.disk$|host\.buildx-doctor\..*\.(?:manager|limits)$)/;
    expect(warned.filter((id) => !explained.test(id))).toEqual([]);
    expect(healthy.counts.ok).toBeGreaterThan(40);
  });

  it("has its runners, variables, pipeline and host as configured", () => {
    for (const id of [
      "runner.protected-socket",
      "variable.REGISTRY_PASSWORD",
      "project.pipeline-file",
      "host.installed",
      "host.buildx-doctor",
    ])
      expect(of(healthy, id), id).toMatchObject({ status: "ok" });
  });
});

describe("what users get wrong", () => {
  it("is named together with its remedy: branch, variable, runner and a service of the host", async () => {
    const { gitlab, machine } = lab;
    const paused = gitlab.runners().find(({ description }) => description === "lab/linux/protected/socket");
    const password = gitlab.variables(PROJECT).find(({ key }) => key === "REGISTRY_PASSWORD");
    gitlab.unprotectBranch(PROJECT, "main");
    // What a person clicks together: a variable of the same name that shows itself.
    if (password) Object.assign(password, { masked: false, hidden: false });
    if (paused) paused.paused = true;
    const unit = `systemctl --user --machine=buildx-open@.host stop buildx-docker.service`;
    expect((await machine.exec(unit)).exitCode).toBe(0);
    try {
      const report = await doctor();
      expect(report.ok).toBe(false);
      expect(of(report, "project.branch-protected")).toMatchObject({
        status: "failed",
        found: expect.stringContaining("every Developer can move latest"),
        remedy: expect.stringContaining("Protect main"),
      });
      expect(of(report, "variable.REGISTRY_PASSWORD")).toMatchObject({
        status: "failed",
        found: "not masked: logs of jobs show it; not hidden: the settings page shows it",
        remedy: expect.stringContaining("npm run pulumi -- up --refresh --stack lab"),
      });
      expect(of(report, "runner.protected-socket")).toMatchObject({
        status: "failed",
        found: `#${paused?.id}: paused`,
      });
      expect(of(report, "jobs.protected-socket")).toMatchObject({
        status: "failed",
        remedy: expect.stringContaining("Resume"),
      });
      expect(of(report, "jobs.open-socket")).toMatchObject({ status: "warning" });
      expect(of(report, "host.buildx-doctor.open.daemon")).toMatchObject({
        status: "failed",
        remedy: expect.stringContaining("journalctl"),
      });
      const failed = report.checks.flatMap(({ id, status }) => (status === "failed" ? [id] : []));
      expect(failed.filter((id) => /^host\.buildx-doctor\.protected/.test(id))).toEqual([]);
    } finally {
      gitlab.protectBranch(PROJECT, "main");
      if (password) Object.assign(password, { masked: true, hidden: true });
      if (paused) paused.paused = false;
      await machine.exec(unit.replace(" stop ", " start "));
    }
  });

  it("is named of a token with too small a scope, and of a host with another key", async () => {
    const token = lab.gitlab.createToken(USER, { scopes: ["read_api"], expiresAt: soon(5) });
    const other = newKey().public.split(" ").slice(0, 2).join(" ");
    writeStack([{ key: "buildx-runners:fleets[0].hosts[0].hostKey", value: other }]);
    try {
      const report = await doctor({ GITLAB_TOKEN: token });
      expect(of(report, "token.scopes")).toMatchObject({
        status: "failed",
        found: "it has read_api, but not api",
        remedy: expect.stringContaining("pulumi -- config set --secret 'gitlab:token' --stack lab"),
      });
      expect(of(report, "token.expiry")).toMatchObject({
        status: "warning",
        found: expect.stringContaining("expires in 5 days"),
      });
      expect(of(report, "token.valid")).toMatchObject({
        status: "warning",
        found: expect.stringContaining("GITLAB_TOKEN"),
      });
      expect(of(report, "host.host-key")).toMatchObject({
        status: "failed",
        found: expect.stringMatching(/^configured SHA256:\S+, shown SHA256:\S+$/),
        remedy: expect.stringContaining("ssh-keygen -lf"),
      });
      expect(of(report, "host.sudo")).toMatchObject({ status: "skipped" });
    } finally {
      writeStack();
    }
  });

  it("is told as text, too, and without the engine as far as that goes", async () => {
    const text = await run(["--stack", "lab", "--verbose"], { PULUMI_CONFIG_PASSPHRASE: "another one" });
    expect(text.exitCode).toBe(0);
    expect(text.stdout).toMatch(/^ok +host 10\.\S+: its name resolves/m);
    expect(text.stdout).toMatch(/^skipped stack \(1 check\): .+\. Do: install pulumi, log in/m);
    expect(text.stdout).not.toContain("\u001b[");
  });

  it("is told without any secret", () => {
    const secrets = [
      lab.token,
      lab.gitlab.adminToken,
      PASSPHRASE,
      ...lab.gitlab.runners().map(({ token }) => token),
      ...readFileSync(lab.machine.privateKeyPath, "utf8").split("\n").slice(1, -2),
    ];
    const text = printed.join("\n");
    expect(text.length).toBeGreaterThan(10_000);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});

/** A day as GitLab writes it. */
const soon = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
