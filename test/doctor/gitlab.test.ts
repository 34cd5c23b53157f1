/** GitLab, token, projects, runners, variables, schedules and the delivery, in order and broken, over HTTPS. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { UsageError } from "../../command-line.ts";
import { Secret } from "../../config/secret.ts";
import type { Check } from "../../doctor/check.ts";
import { examine, type Only } from "../../doctor/examine.ts";
import { readStack, type Stack } from "../../doctor/stack.ts";
import { createCa, type LabCa } from "../../lab/ca.ts";
import { type Gitlab, startGitlab } from "../../lab/gitlab/index.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { projectVariables } from "../../pipeline/variables.ts";
import { recordsOf } from "../../runner/fleets/kinds.ts";
import { runnerTags } from "../../runner/levels.ts";
import type { ConfigValue, StackEngine } from "../../stack/engine.ts";
import { PUBLIC_KEY, parsed } from "../configs.ts";

const SHOP = "acme/shop";
const INFRA = "acme/infra";
const PASSWORD = "correct-horse-battery";

let directory: string;
let ca: LabCa;
let gitlab: Gitlab;
let token: string;
let agent: Agent;

/** The stack as its file has it; secrets are in plain text, as the engine tells them. */
const values = () => ({
  fleets: [
    {
      name: "linux",
      scope: { project: SHOP },
      tags: ["buildx"],
      gitlabRunner: { version: "v18.5.0", sha256: { amd64: "a".repeat(64) } },
      caCertificates: [ca.caPem],
      gcp: { region: "europe-west1" },
    },
  ],
  projects: [
    {
      path: SHOP,
      fleet: "linux",
      registry: { image: "registry.acme.io/acme/shop", user: "ci", password: PASSWORD },
      images: [{ name: "app" }],
      signing: { kms: "gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k", publicKey: PUBLIC_KEY },
      review: {},
      protection: {},
    },
  ],
});

async function call(method: string, path: string, body?: unknown): Promise<{ id: number; token: string }> {
  const response = await fetch(`${gitlab.apiUrl}${path}`, {
    method,
    headers: { "private-token": gitlab.adminToken, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    dispatcher: agent,
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return JSON.parse(text || "{}") as { id: number; token: string };
}

/** Puts into GitLab what `pulumi up` would. */
async function up(): Promise<void> {
  const config = { ...parsed(values()), stack: "dev", gitlabUrl: gitlab.url };
  const [fleet, project] = [config.fleets[0], config.projects[0]];
  if (fleet === undefined || project === undefined) throw new Error("the stack has one of each");
  const { id } = gitlab.project(SHOP);
  for (const entry of recordsOf("dev", fleet)) {
    const runner = await call("POST", "user/runners", {
      ...{ runner_type: "project_type", project_id: id, description: entry.name, run_untagged: false },
      tag_list: runnerTags(fleet.tags, entry.level, entry.class),
      access_level: entry.level === "protected" ? "ref_protected" : "not_protected",
    });
    await call("POST", "runners/verify", {
      token: runner.token,
      system_id: "s_1",
      info: { version: "18.5.0" },
    });
  }
  const api = `projects/${id}`;
  for (const { key, value, protected: only } of projectVariables(project, fleet))
    await call("POST", `${api}/variables`, {
      ...{ key, protected: only, raw: true },
      ...(value instanceof Secret ? { value: value.reveal(), masked_and_hidden: true } : { value }),
    });
  await call("POST", `${api}/protected_tags`, { name: "v*" });
  const { bake, pipeline } = projectFiles(config, project);
  await gitlab.commit(SHOP, { [bake.path]: bake.content, [pipeline.path]: pipeline.content });
  await call("POST", `${api}/pipeline_schedules`, {
    ...{ description: "Review what is deployed", ref: "main", cron: "0 5 * * 1" },
  });
}

async function deliver(): Promise<void> {
  const { id } = gitlab.project(INFRA);
  for (const key of ["GITLAB_TOKEN", "DELIVERY_TOKEN", "PULUMI_CONFIG_PASSPHRASE"])
    await call("POST", `projects/${id}/variables`, {
      key,
      value: "long-enough-a-value",
      masked: true,
      protected: true,
    });
  await call("POST", `projects/${id}/pipeline_schedules`, {
    description: "Drift",
    ref: "main",
    cron: "0 6 * * *",
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-doctor-"));
  ca = await createCa(join(directory, "ca"));
  agent = new Agent({ connect: { ca: ca.caPem } });
  writeFileSync(join(directory, "delivery.yaml"), "backend: gs://acme-state\n");
  await renew();
});
afterAll(async () => {
  await gitlab?.stop();
  await agent?.close();
  rmSync(directory, { recursive: true, force: true });
});

let count = 0;

/** A GitLab on which the stack is up. */
async function renew(): Promise<void> {
  await gitlab?.stop();
  count += 1;
  mkdirSync(join(directory, "stack"), { recursive: true });
  gitlab = await startGitlab({
    ...{ address: "127.0.0.1", port: 0, directory: join(directory, `gitlab-${count}`) },
    tls: await ca.issue("gitlab", { ips: ["127.0.0.1"] }),
  });
  await gitlab.createProject(SHOP, { "README.md": "# Shop\n" });
  await gitlab.createProject(INFRA, { "README.md": "# Infra\n" });
  gitlab.createUser("platform", { acme: "maintainer" });
  token = gitlab.createToken("platform", { scopes: ["api", "create_runner"], expiresAt: day(90) });
  await up();
  await deliver();
}

const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

interface Given {
  /** Of the stack's configuration, by full key. */
  readonly config?: Readonly<Record<string, string>>;
  readonly environment?: NodeJS.ProcessEnv;
  readonly change?: (all: ReturnType<typeof values>) => void;
  readonly engine?: false;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly project?: string;
}

async function read({
  config = {},
  environment = {},
  change,
  engine,
  outputs = { runners: {} },
}: Given): Promise<Stack> {
  const all = values();
  change?.(all);
  const sealed = structuredClone(all);
  // The file holds what the engine would have to open.
  Object.assign(sealed.projects[0]?.registry ?? {}, { password: { secure: "v1:abc" } });
  const provider = { "gitlab:baseUrl": gitlab.apiUrl, "gitlab:cacertFile": ca.caPath, ...config };
  const file = {
    config: {
      ...provider,
      "buildx-runners:fleets": sealed.fleets,
      "buildx-runners:projects": sealed.projects,
    },
  };
  writeFileSync(join(directory, "Pulumi.dev.yaml"), stringify(file));
  const plain = (value: string): ConfigValue => ({ value, secret: false });
  const opened: Pick<StackEngine, "describe" | "config" | "outputs"> = {
    describe: () => "an engine of this test",
    config: async () => ({
      "gitlab:token": { value: token, secret: true },
      ...Object.fromEntries(Object.entries(provider).map(([key, value]) => [key, plain(value)])),
      "buildx-runners:fleets": plain(JSON.stringify(all.fleets)),
      "buildx-runners:projects": { value: JSON.stringify(all.projects), secret: true },
    }),
    outputs: async () => outputs,
  };
  const refuse = () => Promise.reject(new Error("not asked for"));
  const open = async () => {
    if (engine === false) throw new Error("there is no pulumi on PATH");
    return { preview: refuse, up: refuse, refresh: refuse, destroy: refuse, ...opened };
  };
  return readStack({ stack: "dev", directory, environment, open });
}

async function ask(given: Given = {}): Promise<ReadonlyMap<string, Check>> {
  const checks = await examine(await read(given), {
    project: given.project ?? INFRA,
    versionOf: async () => "v3.270.0",
    onFault: (check, error) => expect.fail(`${check.id}: ${String(error)}`),
  });
  const text = JSON.stringify(checks);
  for (const secret of [token, PASSWORD, gitlab.adminToken]) expect(text).not.toContain(secret);
  for (const check of checks) if (check.status !== "ok") expect(check.remedy ?? "", check.id).not.toBe("");
  return new Map(checks.map((check) => [check.id, check]));
}

const ids = (answers: ReadonlyMap<string, Check>, status: string) =>
  [...answers.values()].filter((check) => check.status === status).map(({ id }) => id);

describe("a stack that is up", () => {
  it("is ok, except for checks that need credentials for Google Cloud", async () => {
    const answers = await ask({ config: { "gcp:project": "acme-ci" } });
    expect(ids(answers, "failed")).toEqual([]);
    // The test's own authority expires soon.
    expect(ids(answers, "warning")).toEqual(["stack.expiry"]);
    expect(ids(answers, "skipped")).toEqual(["cloud.apis", "cloud.quota", "cloud.image", "cloud.machines"]);
    expect(answers.get("cloud.image")?.remedy).toBe(
      "gcloud compute images describe-from-family debian-13 --project=debian-cloud",
    );
  });

  it("is not changed by the checks", async () => {
    const start = gitlab.requests.length;
    await ask();
    expect(new Set(gitlab.requests.slice(start).map(({ method }) => method))).toEqual(new Set(["GET"]));
    expect(gitlab.requests.length - start).toBeLessThan(50);
  });

  it("is recognised by its pipeline file without an engine", async () => {
    const answers = await ask({ engine: false, environment: { GITLAB_TOKEN: token } });
    expect(answers.get("stack.engine")?.status).toBe("skipped");
    expect(answers.get("project.pipeline-file")?.status).toBe("ok");
    expect(answers.get("variable.REGISTRY_PASSWORD")?.status).toBe("ok");
    expect(ids(answers, "failed")).toEqual(["cloud.project"]);
  });
});

describe("a check of one thing alone", () => {
  const only = async (one: Only, given: Given = {}): Promise<readonly Check[]> =>
    examine(await read(given), { project: INFRA, only: one, versionOf: async () => "v3.270.0" });
  const subjects = (checks: readonly Check[]) => [...new Set(checks.map(({ subject }) => subject))];

  it("has the checks of a project, of a fleet or of GitLab, and no others", async () => {
    const answers = await only({ kind: "project", name: SHOP });
    expect(subjects(answers)).toEqual([`project ${SHOP}`]);
    expect(answers.length).toBeGreaterThan(10);
    expect(subjects(await only({ kind: "fleet", name: "linux" }))).toEqual(["fleet linux"]);
    expect(subjects(await only({ kind: "gitlab" }))).toEqual(["GitLab", "GitLab token"]);
  });

  it("has the failed check of something else that its own checks were skipped for", async () => {
    const answers = await only(
      { kind: "project", name: SHOP },
      { environment: { GITLAB_TOKEN: "glpat-that-gitlab-does-not-know" } },
    );
    expect(answers[0]).toMatchObject({ id: "token.valid", status: "failed" });
    const skipped = answers.filter(({ status }) => status === "skipped");
    expect(skipped.length).toBeGreaterThan(10);
    for (const { id, because } of skipped)
      expect(because, id).toEqual({ subject: "GitLab token", id: "token.valid" });
    expect(subjects(answers)).toEqual(["GitLab token", `project ${SHOP}`]);
  });

  it("is refused for a name that the stack does not have, with the names that it has", async () => {
    await expect(only({ kind: "project", name: "acme/shp" })).rejects.toThrow(
      new UsageError(
        `Pulumi.dev.yaml has no project acme/shp to check. Use one of the names in the file: ${SHOP}`,
      ),
    );
  });

  it("has the mistakes of a configuration that cannot be read", async () => {
    const answers = await only(
      { kind: "project", name: SHOP },
      { change: ({ fleets }) => Object.assign(fleets[0] ?? {}, { tgs: [] }) },
    );
    expect(answers.map(({ id, status }) => [id, status])).toEqual([["stack.configuration", "failed"]]);
  });
});

describe("a stack before its first update", () => {
  it("does not fail for what the update creates", async () => {
    const { id } = gitlab.project(SHOP);
    for (const runner of [...gitlab.runners()]) await call("DELETE", `runners/${runner.id}`);
    gitlab.project(SHOP).variables.splice(0);
    gitlab.project(SHOP).schedules.splice(0);
    await call("DELETE", `projects/${id}/protected_tags/v*`);
    await gitlab.commit(SHOP, { ".gitlab-ci.yml": undefined, "docker-bake.hcl": undefined });
    const answers = await ask({ outputs: {} });
    const waiting = ids(answers, "skipped");
    expect(waiting).toEqual(
      expect.arrayContaining([
        "runner.open-socket",
        "jobs.protected-plain",
        "variable.REGISTRY",
        "project.tags",
        "project.pipeline-file",
        "schedule.review",
      ]),
    );
    expect(ids(answers, "failed")).toEqual(["cloud.project"]);
  });
});

/** Something broken, the answer that names it, and a part of what is found and of the remedy. */
interface Broken {
  readonly what: string;
  readonly break?: () => void | Promise<void>;
  readonly given?: () => Given;
  readonly id: string;
  readonly status?: string;
  readonly found: string | RegExp;
  readonly remedy: string;
}

const runner = (name: string) =>
  gitlab.runners().find(({ description }) => description === `dev/linux/${name}`);
const ofProject = (changes: Readonly<Record<string, unknown>>) => ({
  change: ({ projects }: ReturnType<typeof values>) => void Object.assign(projects[0] ?? {}, changes),
});

/** What is wrong with the stack or this computer: GitLab is as it should be. */
const HERE: readonly Broken[] = [
  {
    what: "a token without the scope api",
    given: () => ({
      environment: { GITLAB_TOKEN: gitlab.createToken("platform", { scopes: ["read_api"] }) },
    }),
    ...{
      id: "token.scopes",
      found: "read_api, but not api",
      remedy: "pulumi -- config set --secret 'gitlab:token' --stack dev",
    },
  },
  {
    what: "another token in the shell",
    given: () => ({ environment: { GITLAB_TOKEN: gitlab.createToken("platform", { scopes: ["api"] }) } }),
    ...{
      id: "token.valid",
      status: "warning",
      found: "uses gitlab:token of the stack",
      remedy: "env --unset=GITLAB_TOKEN",
    },
  },
  {
    what: "a certificate of an unknown authority",
    given: () => ({ config: { "gitlab:cacertFile": join(directory, "delivery.yaml") } }),
    ...{ id: "gitlab.tls", found: "not trusted here", remedy: "gitlab:cacertFile" },
  },
  {
    what: "hosts that do not know the authority",
    given: () => ({ change: ({ fleets }) => void fleets[0]?.caCertificates.splice(0) }),
    ...{ id: "gitlab.tls", found: "the hosts of linux do not trust", remedy: "caCertificates" },
  },
  {
    what: "no server at the address",
    given: () => ({ config: { "gitlab:baseUrl": "https://127.0.0.1:1/api/v4/" } }),
    ...{ id: "gitlab.reachable", found: "ECONNREFUSED", remedy: "firewalls" },
  },
  {
    what: "a project of another path",
    given: () => ({
      change: ({ projects, fleets }) => {
        Object.assign(projects[0] ?? {}, { path: "acme/shopp" });
        Object.assign(fleets[0] ?? {}, { locked: false });
      },
    }),
    ...{ id: "project.exists", found: "no project has this path", remedy: "correct path" },
  },
  {
    what: "a branch that does not exist",
    given: () => ofProject({ branch: "trunk" }),
    ...{ id: "project.branch-exists", found: "no branch trunk", remedy: "set branch" },
  },
];

/** What was changed in GitLab, together where one thing does not hide the other. */
const THERE: readonly (readonly Broken[])[] = [
  [
    {
      what: "an old GitLab",
      break: () => gitlab.configureInstance({ version: "17.3.0" }),
      ...{
        id: "gitlab.version",
        found: "17.3.0 lacks: hidden variables since 17.4",
        remedy: "upgrade GitLab",
      },
    },
    {
      what: "a quota that is nearly used up",
      break: () => gitlab.configureInstance({ rateLimit: { limit: 1000, observed: 930, period: 60 } }),
      ...{ id: "gitlab.quota", status: "warning", found: /^\d\d of 1000 left/, remedy: "limit resets" },
    },
    {
      what: "an unprotected branch",
      break: () => gitlab.unprotectBranch(SHOP, "main"),
      ...{ id: "project.branch-protected", found: "can move latest", remedy: "Protect main" },
    },
    {
      what: "a protected variable on an unprotected branch",
      break: () => {
        gitlab.unprotectBranch(SHOP, "main");
        for (const variable of gitlab.variables(SHOP))
          if (variable.key === "REGISTRY") variable.protected = true;
      },
      ...{ id: "variables.absent", found: "do not get REGISTRY", remedy: "Protect main" },
    },
    {
      what: "tags that are protected no more",
      break: () => void gitlab.project(SHOP).protectedTags.splice(0),
      ...{ id: "project.tags", found: "not protected any more: v*", remedy: "up --refresh" },
    },
    {
      what: "a pipeline file of another stack",
      break: async () => {
        const text = (await gitlab.readFile(SHOP, ".gitlab-ci.yml")) ?? "";
        await gitlab.commit(SHOP, { ".gitlab-ci.yml": text.replace(", stack dev. ", ", stack prod. ") });
      },
      ...{ id: "project.pipeline-file", found: "belongs to stack prod", remedy: "ways" },
    },
    {
      what: "a variable that is unmasked by hand",
      break: () => {
        for (const variable of gitlab.variables(SHOP))
          if (variable.key === "REGISTRY_PASSWORD") Object.assign(variable, { masked: false, hidden: false });
      },
      ...{
        id: "variable.REGISTRY_PASSWORD",
        found: "not masked: logs of jobs show it",
        remedy: "delete it; then: ",
      },
    },
    {
      what: "a variable with another value",
      break: () => {
        for (const variable of gitlab.variables(SHOP))
          if (variable.key === "REGISTRY_USER") variable.value = "somebody";
      },
      ...{ id: "variable.REGISTRY_USER", found: "its value differs", remedy: "up --refresh" },
    },
    {
      what: "a paused runner",
      break: () => void Object.assign(runner("protected/socket") ?? {}, { paused: true }),
      ...{ id: "jobs.protected-socket", found: "paused", remedy: "Resume" },
    },
    {
      what: "a runner that is offline",
      break: () => void Object.assign(runner("open/plain") ?? {}, { contactedAt: "2026-01-01T00:00:00Z" }),
      ...{ id: "jobs.open-plain", found: "no runner is online", remedy: "buildx-doctor" },
    },
    {
      what: "a runner that is gone",
      break: async () => void (await call("DELETE", `runners/${runner("open/socket")?.id}`)),
      ...{ id: "jobs.open-socket", found: "the jobs wait", remedy: "up --refresh" },
    },
    {
      what: "a runner whose level was changed by hand",
      break: () => void Object.assign(runner("protected/plain") ?? {}, { accessLevel: "not_protected" }),
      ...{
        id: "runner.protected-plain",
        found: "also takes jobs of unprotected refs",
        remedy: "up --refresh",
      },
    },
    {
      what: "a schedule that is switched off",
      break: () => void Object.assign(gitlab.project(SHOP).schedules[0] ?? {}, { active: false }),
      ...{ id: "schedule.review", found: "not active", remedy: "Activated" },
    },
    {
      what: "a delivery token that is not protected",
      break: () => {
        for (const variable of gitlab.variables(INFRA))
          if (variable.key === "DELIVERY_TOKEN") variable.protected = false;
      },
      ...{ id: "delivery.DELIVERY_TOKEN", found: "not protected", remedy: "rotate it" },
    },
    {
      what: "a delivery without its look for drift",
      break: () => void gitlab.project(INFRA).schedules.splice(0),
      ...{
        id: "delivery.drift",
        status: "warning",
        found: "there is no such schedule",
        remedy: "New schedule",
      },
    },
  ],
  [
    {
      what: "a token that ends soon",
      break: () => {
        token = gitlab.createToken("platform", { scopes: ["api"], expiresAt: day(3) });
      },
      ...{ id: "token.expiry", status: "warning", found: "expires in 3 days", remedy: "Rotate" },
    },
    {
      what: "a branch that accepts no push",
      break: () => gitlab.protectBranch(SHOP, "main", { push: "none" }),
      ...{ id: "project.branch-push", found: "may not", remedy: "Allowed to push and merge" },
    },
    {
      what: "a pipeline file that is gone",
      break: async () => void (await gitlab.commit(SHOP, { ".gitlab-ci.yml": undefined })),
      ...{ id: "project.pipeline-file", found: ".gitlab-ci.yml no longer exists", remedy: "up --refresh" },
    },
    {
      what: "an open runner that takes only protected refs",
      break: () => void Object.assign(runner("open/socket") ?? {}, { accessLevel: "ref_protected" }),
      ...{ id: "jobs.open-socket", found: "only jobs of protected refs", remedy: "up --refresh" },
    },
    {
      what: "a manager of another version",
      break: () => {
        const record = runner("open/plain");
        if (record) record.info = { version: "18.1.0" };
        for (const manager of record?.managers.values() ?? [])
          Object.assign(manager, { version: "18.1.0", info: { version: "18.1.0" } });
      },
      ...{ id: "runner.open-plain", status: "warning", found: "pinned is 18.5.0", remedy: "pulumi -- up" },
    },
    {
      what: "a shared runner with the fleet's tags",
      break: async () => {
        gitlab.configureProject(SHOP, { shared_runners_enabled: true });
        await call("POST", "user/runners", {
          runner_type: "instance_type",
          description: "shared",
          tag_list: ["buildx-protected-plain"],
        });
      },
      ...{
        id: "jobs.protected-plain",
        found: /other runners take these jobs as well: #\d+ shared/,
        remedy: "choose other tags",
      },
    },
  ],
  [
    {
      what: "CI/CD that is off",
      break: () => gitlab.configureProject(SHOP, { builds_access_level: "disabled" }),
      ...{ id: "project.settings", found: "CI/CD is off", remedy: "/edit" },
    },
    {
      what: "a registry that is off",
      break: () => gitlab.configureProject(SHOP, { container_registry_access_level: "disabled" }),
      given: () => ({
        change: ({ projects }) => void Object.assign(projects[0] ?? {}, { registry: "gitlab" }),
      }),
      ...{ id: "project.registry", found: "off", remedy: "Container registry" },
    },
  ],
  [
    {
      what: "an archived project",
      break: () => gitlab.configureProject(SHOP, { archived: true }),
      ...{ id: "project.settings", found: "archived", remedy: "Unarchive" },
    },
  ],
  [
    {
      what: "a user who is a Developer",
      break: () => gitlab.setRole("platform", "acme", "developer"),
      ...{ id: "project.role", found: "the role Developer", remedy: "project_members" },
    },
  ],
  [
    {
      what: "a token that is revoked",
      break: () => gitlab.revokeToken(token),
      ...{ id: "token.valid", found: "GitLab refuses it", remedy: "Add new token" },
    },
  ],
];

const named = ({ status = "failed", found, remedy }: Broken) => ({
  status,
  found: typeof found === "string" ? expect.stringContaining(found) : expect.stringMatching(found),
  remedy: expect.stringContaining(remedy),
});

describe("what users get wrong", () => {
  beforeAll(renew);

  it.each(HERE)("is named with its remedy: $what", async (broken) => {
    expect((await ask(broken.given?.())).get(broken.id)).toMatchObject(named(broken));
  });

  it("is all told of a configuration with mistakes, and GitLab is looked at all the same", async () => {
    const change = (all: ReturnType<typeof values>) =>
      void Object.assign(all.fleets[0] ?? {}, { concurency: 3 });
    const answers = await ask({ change });
    expect(answers.get("stack.configuration")).toMatchObject({
      status: "failed",
      found: expect.stringContaining("did you mean 'concurrency'"),
    });
    expect(answers.get("token.scopes")?.status).toBe("ok");
  });
});

describe.each(THERE.map((broken) => ({ broken })))("what was changed in GitLab", ({ broken }) => {
  let answers: ReadonlyMap<string, Check>;
  beforeAll(async () => {
    await renew();
    for (const { break: change } of broken) await change?.();
    answers = await ask(broken.find(({ given }) => given)?.given?.());
  });

  it.each(broken)("is named with its remedy: $what", (one) => {
    expect(answers.get(one.id)).toMatchObject(named(one));
  });
});
