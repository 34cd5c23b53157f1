/** What is right and what is wrong, decided on plain values. */
import { describe, expect, it } from "vitest";
import { Secret } from "../../config/secret.ts";
import type { FleetConfig, ProjectConfig } from "../../config.ts";
import { question } from "../../doctor/check.ts";
import { certificateAnswer, neededFeatures, quotaAnswer, versionAnswer } from "../../doctor/checks/gitlab.ts";
import { clockAnswer, FACT_QUESTIONS } from "../../doctor/checks/host-system.ts";
import { sudoAnswer } from "../../doctor/checks/host-way.ts";
import { installedAnswer, ownDoctorAnswers, reachAnswer, runnerAnswer } from "../../doctor/checks/hosts.ts";
import { branchAnswers, roleAnswer, settingsAnswer, tagsAnswer } from "../../doctor/checks/projects.ts";
import { versionAnswer as runnerVersion, scopeAnswer } from "../../doctor/checks/runners.ts";
import { scheduleAnswer } from "../../doctor/checks/schedules.ts";
import { fillIns } from "../../doctor/checks/stack.ts";
import { expiryAnswer, scopesAnswer, userAnswer } from "../../doctor/checks/token.ts";
import { pulumiVersion } from "../../doctor/checks/tools.ts";
import { variableAnswer } from "../../doctor/checks/variables.ts";
import { PUBLIC_KEY, parsed, seedConfig, seedWith } from "../configs.ts";
import { SOUND_SYSTEM } from "./host.ts";

const now = new Date("2026-11-22T12:00:00Z");
const answers = question("it", "it.is", "it is right");
const stack = { name: "dev" };

/** The seed's project and fleet, with more keys. */
function seed(
  project: Record<string, unknown> = {},
  fleet: Record<string, unknown> = {},
): [ProjectConfig, FleetConfig] {
  const values = seedWith(project);
  const { projects, fleets } = parsed({
    ...values,
    fleets: values.fleets.map((one) => ({ ...one, ...fleet })),
  });
  const [first, of] = [projects[0], fleets[0]];
  if (first === undefined || of === undefined) throw new Error("the seed has one of each");
  return [first, of];
}

describe("a token", () => {
  it.each([
    [null, "ok", "it never expires"],
    ["2026-12-06", "ok", "expires in 14 days, on 2026-12-06"],
    ["2026-12-05", "warning", "expires in 13 days, on 2026-12-05"],
    ["2026-11-23", "warning", "expires in 1 day, on 2026-11-23"],
    ["2026-11-22", "failed", "expired on 2026-11-22"],
  ])("that ends on %s is %s", (expires_at, status, found) => {
    expect(expiryAnswer({ expires_at }, now, "rotate it")).toMatchObject({ status, found });
  });

  it.each([
    [["api"], "ok"],
    [["api", "create_runner"], "ok"],
    [["create_runner"], "failed"],
    [["read_api", "read_repository"], "failed"],
    [[], "failed"],
  ])("with the scopes %j is %s", (scopes, status) => {
    expect(scopesAnswer({ scopes }, "make a new one").status).toBe(status);
  });

  it("of a blocked user fails", () => {
    expect(userAnswer({ username: "ada", state: "active", bot: false })).toMatchObject({
      status: "ok",
      found: "ada",
    });
    expect(userAnswer({ username: "ada", state: "blocked", bot: false })).toMatchObject({
      status: "failed",
      found: "ada: blocked",
    });
  });
});

describe("GitLab", () => {
  const project = {
    registry: { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" },
  };
  const features = (more: Record<string, unknown>) =>
    neededFeatures({ ...seedConfig(), ...parsed(seedWith(more)) });

  it("needs what the stack has, and no more", () => {
    const since = (found: readonly { since: string }[]) => found.map((feature) => feature.since);
    expect(since(neededFeatures({ ...seedConfig(), projects: [] }))).toEqual(["16.0.0"]);
    expect(since(features({}))).toEqual(["16.0.0", "16.10.0"]);
    expect(since(features(project))).toEqual(["16.0.0", "16.10.0", "17.4.0"]);
    expect(since(features({ protection: { containers: true } }))).toEqual(["16.0.0", "16.10.0", "17.11.0"]);
    expect(since(neededFeatures(seedConfig(), true))).toEqual(["16.0.0", "16.10.0", "16.11.0"]);
  });

  it.each([
    ["18.5.1-ee", "ok", "18.5.1-ee"],
    ["17.4.0", "ok", "17.4.0"],
    ["17.3.9", "failed", "17.3.9 lacks: hidden variables since 17.4"],
    [
      "15.11.0-pre",
      "failed",
      "15.11.0-pre lacks: runners by authentication token since 16.0, workflow:auto_cancel (in every generated pipeline) since 16.10, hidden variables since 17.4",
    ],
    ["nightly", "skipped", "GitLab reports nightly"],
  ])("of version %s is %s", (version, status, found) => {
    expect(versionAnswer(version, features(project))).toMatchObject({ status, found });
  });

  it.each([
    [undefined, "ok"],
    [{ limit: 600, remaining: 60, reset: undefined }, "ok"],
    [{ limit: 600, remaining: 59, reset: now }, "warning"],
    [{ limit: 600, remaining: 0, reset: now }, "warning"],
  ])("with the quota %j is %s", (quota, status) => {
    expect(quotaAnswer({ quota, answered: true }).status).toBe(status);
  });

  it("has no quota to report while it does not answer", () => {
    expect(quotaAnswer({ quota: undefined, answered: false }).status).toBe("skipped");
  });

  const until = new Date("2027-06-01T00:00:00Z");
  const seen = { error: undefined, publicly: true, issuer: "R11", until };
  const config = seedConfig();
  const connection = (insecure: boolean) => ({
    ...stack,
    fileName: "Pulumi.dev.yaml",
    config,
    gitlab: { connection: { insecure } },
  });
  it.each([
    [seen, "ok", /R11/],
    [{ ...seen, until: new Date("2026-12-01T00:00:00Z") }, "warning", /8 days/],
    [{ ...seen, error: "CERT_HAS_EXPIRED" }, "failed", /expired/],
    [{ ...seen, error: "ERR_TLS_CERT_ALTNAME_INVALID" }, "failed", /another name/],
    [{ ...seen, error: "SELF_SIGNED_CERT_IN_CHAIN", publicly: false }, "failed", /SELF_SIGNED_CERT_IN_CHAIN/],
    [{ ...seen, publicly: false }, "failed", /hosts of linux do not trust/],
  ])("with the certificate %j is %s", (facts, status, found) => {
    expect(certificateAnswer(connection(false), facts, now)).toMatchObject({
      status,
      found: expect.stringMatching(found),
    });
  });

  it("is never right without a check of its certificate", () => {
    expect(certificateAnswer(connection(true), seen, now)).toMatchObject({
      status: "failed",
      remedy: expect.stringContaining("config rm gitlab:insecure"),
    });
  });
});

describe("a project", () => {
  const facts = {
    id: 1,
    path_with_namespace: "acme/shop",
    web_url: "https://gitlab.example.com/acme/shop",
    archived: false,
    empty_repo: false,
  };
  const access = (level: number) => ({
    ...facts,
    permissions: { project_access: { access_level: level }, group_access: null },
  });
  const branch = { name: "main", protected: true, can_push: true };

  it.each([
    [30, "failed"],
    [40, "ok"],
    [50, "ok"],
  ])("on which the user has level %i is %s", (level, status) => {
    expect(roleAnswer(seed()[0], access(level)).status).toBe(status);
  });

  it("takes the higher of a project's and a group's level", () => {
    const both = {
      ...facts,
      permissions: { project_access: { access_level: 30 }, group_access: { access_level: 50 } },
    };
    expect(roleAnswer(seed()[0], both).status).toBe("ok");
  });

  it.each([
    [{}, "ok"],
    [{ archived: true }, "failed"],
    [{ builds_access_level: "disabled" }, "failed"],
    [{ ci_config_path: "" }, "ok"],
    [{ ci_config_path: "ci/pipeline.yml" }, "failed"],
  ])("with the settings %j is %s", (settings, status) => {
    expect(settingsAnswer(seed()[0], { ...facts, ...settings }).map((check) => check.status)).toEqual([
      status,
    ]);
  });

  it.each([
    ["separated", "failed", /daemon that every branch uses/],
    ["protected", "failed", /hang/],
    ["any", "warning", /every Developer/],
  ])("with an unprotected branch and refs %s is %s", (refs, status, found) => {
    const checks = branchAnswers(...seed({}, { refs }), {
      name: "main",
      branch: { ...branch, protected: false },
      web_url: facts.web_url,
    });
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ["project.branch-exists", "ok"],
      ["project.branch-protected", status],
      ["project.branch-push", "ok"],
    ]);
    expect(checks[1]?.found).toMatch(found);
  });

  it("without the branch has one answer, and one that takes no push says who may", () => {
    const [missing, ...others] = branchAnswers(...seed(), { name: "main", branch: undefined, web_url: "" });
    expect([missing?.status, others]).toEqual(["failed", []]);
    const closed = branchAnswers(...seed(), {
      name: "main",
      branch: { ...branch, can_push: false },
      web_url: "",
    });
    expect(closed.map(({ status }) => status)).toEqual(["ok", "ok", "failed"]);
  });

  const signing = {
    kms: "gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k",
    publicKey: PUBLIC_KEY,
  };
  it.each([
    [{}, {}, [], false, "warning"],
    [{}, {}, ["v*"], false, "ok"],
    [{}, {}, ["release-*"], false, "warning"],
    [{}, {}, ["v1?0.0"], false, "warning"],
    [{ signing }, {}, [], false, "failed"],
    [{}, { refs: "protected" }, [], false, "failed"],
    [{ protection: {} }, {}, [], false, "skipped"],
    [{ protection: {} }, {}, [], true, "failed"],
    [{ protection: {} }, {}, ["v*"], true, "ok"],
  ] as const)("%j %j with the protected tags %j, up: %s, is %s", (project, fleet, tags, applied, status) => {
    expect(tagsAnswer(...seed(project, fleet), { tags, applied, web_url: "", stack }).status).toBe(status);
  });
});

describe("a variable", () => {
  const there = {
    key: "REGISTRY_PASSWORD",
    value: null,
    protected: false,
    masked: true,
    hidden: true,
    environment_scope: "*",
  };
  const wanted = {
    key: "REGISTRY_PASSWORD",
    value: new Secret("correct-horse"),
    description: "",
    protected: false,
  };
  const seen = { applied: true, web_url: "https://gitlab.example.com/acme/shop", stack: "dev" };
  it.each([
    [[there], "ok", "not protected, masked, hidden"],
    [[], "failed", "it no longer exists"],
    [
      [{ ...there, masked: false, hidden: false, value: "correct-horse" }],
      "failed",
      "not masked: logs of jobs show it; not hidden: the settings page shows it",
    ],
    [
      [{ ...there, hidden: false, value: "another" }],
      "failed",
      "not hidden: the settings page shows it; its value differs",
    ],
    [[{ ...there, protected: true }], "failed", "protected: pipelines of unprotected branches do not get it"],
    [
      [there, { ...there, environment_scope: "prod" }],
      "failed",
      "it exists 2 times, for several environments",
    ],
    [[{ ...there, environment_scope: "prod" }], "failed", "it no longer exists"],
  ])("that is there as %j is %s", (present, status, found) => {
    const check = variableAnswer("project acme/shop", wanted, present, seen);
    expect(check).toMatchObject({ status, found });
    expect(JSON.stringify(check)).not.toContain("correct-horse");
  });

  it("is skipped before the first update, and fails where GitLab cannot mask it", () => {
    expect(variableAnswer("p", wanted, [], { ...seen, applied: false }).status).toBe("skipped");
    const short = { ...wanted, value: new Secret("a b") };
    expect(variableAnswer("p", short, [], { ...seen, applied: false })).toMatchObject({
      status: "failed",
      found: expect.stringContaining("cannot mask"),
    });
  });

  it("that shall be protected and is plain is told of", () => {
    const plain = { key: "REGISTRY", value: "registry.example.com", description: "", protected: true };
    const found = { ...there, key: "REGISTRY", value: "registry.example.org", masked: false, hidden: false };
    expect(variableAnswer("p", plain, [found], seen).found).toBe(
      "not protected: pipelines of every branch get it; its value differs",
    );
  });
});

describe("a schedule", () => {
  const wanted = {
    name: "review",
    description: "Review what is deployed",
    cron: "0 5 * * 1",
    variables: {},
  } as const;
  const there = {
    id: 1,
    description: wanted.description,
    ref: "refs/heads/main",
    cron: "0 5 * * 1",
    active: true,
    owner: { username: "ada", state: "active" },
  };
  it.each([
    [[there], true, "ok"],
    [[], true, "failed"],
    [[], false, "skipped"],
    [[{ ...there, active: false }], true, "failed"],
    [[{ ...there, owner: { username: "ada", state: "blocked" } }], true, "failed"],
    [[{ ...there, ref: "refs/heads/old" }], true, "failed"],
  ])("%j, up: %s, is %s", (present, applied, status) => {
    expect(scheduleAnswer("p", wanted, present, { branch: "main", applied, web_url: "", stack }).status).toBe(
      status,
    );
  });
});

describe("a runner", () => {
  const about = { subject: "fleet linux", id: "runner.open-socket", title: "" };
  const pinned = { name: "linux", gitlabRunner: { version: "v18.5.0", url: "", sha256: {} } } as const;
  it.each([
    [["18.5.0"], "ok"],
    [["18.5.0", "18.4.0"], "warning"],
    [[], "ok"],
  ])("whose managers say %j is %s", (versions, status) => {
    expect(runnerVersion(about, pinned, { id: 1, status: "online" }, versions, stack).status).toBe(status);
  });

  it.each([
    [{ project: "acme/shop" }, { level: 0, administrator: false }, "ok"],
    [{ group: "acme" }, { level: 40, administrator: false }, "failed"],
    [{ group: "acme" }, { level: 50, administrator: false }, "ok"],
    [{ group: "acme" }, { level: 0, administrator: true }, "ok"],
    [{ instance: true }, { level: 50, administrator: false }, "failed"],
    [{ instance: true }, { level: 0, administrator: true }, "ok"],
  ] as const)("of the scope %j, by a user %j, is %s", (scope, user, status) => {
    expect(scopeAnswer({ name: "linux", scope }, user).status).toBe(status);
  });
});

describe("a host", () => {
  const answer = (id: string, changes: Record<string, string>, fleet: Record<string, unknown> = {}) => {
    const found = FACT_QUESTIONS.find((one) => one.id === id);
    return found?.answer(
      answers,
      new Map(Object.entries({ ...SOUND_SYSTEM, ...changes })),
      seed({}, fleet)[1],
    );
  };

  it.each(FACT_QUESTIONS.map(({ id }) => id))("that is healthy is ok: %s", (id) => {
    expect(answer(id, {})).toMatchObject({ status: "ok" });
  });

  it.each([
    ["host.system", { system: "fedora-42" }, "failed"],
    ["host.system", { system: "debian-12" }, "failed"],
    ["host.system", { architecture: "s390x" }, "failed"],
    ["host.system", { systemd: "no" }, "failed"],
    ["host.disk", { "disk.available": "9000000000" }, "warning"],
    ["host.disk", { "disk.available": "2000000000" }, "failed"],
    ["host.inodes", { "inodes.available": "9" }, "warning"],
    ["host.inodes", { "inodes.available": "1" }, "failed"],
    ["host.inodes", { "inodes.available": "-" }, "ok"],
    ["host.memory", { "memory.total": "1500000000" }, "warning"],
    ["host.memory", { "memory.total": "500000000" }, "failed"],
    ["host.memory", { "memory.available": "100000000" }, "warning"],
    ["host.cpus", { cpus: "1" }, "ok"],
    ["host.cgroup", { cgroup: "tmpfs" }, "warning"],
    ["host.cgroup", { "cgroup.controllers": "cpu memory" }, "warning"],
    ["host.namespaces", { "namespaces.max": "0" }, "failed"],
    ["host.namespaces", { "namespaces.clone": "0" }, "failed"],
  ])("is asked %s of %j: %s", (id, changes, status) => {
    expect(answer(id, changes)).toMatchObject({ status });
  });

  it("needs packages of Docker's own on an older system, and processors for many jobs", () => {
    expect(answer("host.system", { system: "debian-12" }, { packages: "docker" })).toMatchObject({
      status: "ok",
    });
    expect(answer("host.cpus", { cpus: "1" }, { concurrency: 8 })).toMatchObject({ status: "warning" });
  });

  it("that reports nothing is never ok", () => {
    for (const { answer } of FACT_QUESTIONS)
      expect(() => {
        const outcome = answer(answers, new Map(), seed()[1]);
        if ("status" in outcome && outcome.status === "ok") throw new Error("ok");
      }).not.toThrow("ok");
  });

  it.each([
    [{ skew: 0.2, uncertainty: 0.05 }, "ok", "within a second"],
    [{ skew: 4, uncertainty: 0.1 }, "ok", "4 s ahead of this computer"],
    [{ skew: -5.5, uncertainty: 0.1 }, "warning", "6 s behind this computer"],
    [{ skew: -5.5, uncertainty: 1 }, "ok", "6 s behind this computer"],
    [{ skew: 61, uncertainty: 0.1 }, "failed", "61 s ahead of this computer"],
    [{ skew: -86400, uncertainty: 0.1 }, "failed", "86400 s behind this computer"],
  ])("whose clock is %j is %s", (clock, status, found) => {
    expect(clockAnswer(answers, clock)).toMatchObject({ status, found });
  });

  it.each([
    [{ "reach.gitlab": "no" }, "failed"],
    [{ "reach.gitlab": "yes" }, "ok"],
    [{ "reach.gitlab": "yes", "curl.gitlab": "60", installed: "no" }, "ok"],
    [{ "reach.gitlab": "yes", "curl.gitlab": "60", installed: "yes" }, "failed"],
    [{ "reach.gitlab": "yes", "curl.gitlab": "0", installed: "yes" }, "ok"],
  ])("that reaches GitLab as %j is %s", (facts, status) => {
    expect(reachAnswer(answers, new Map(Object.entries(facts)), "gitlab")).toMatchObject({ status });
  });

  const wanted = new Map([["/usr/local/lib/buildx-runners/settings.env", "abc"]]);
  it.each([
    [{ installed: "no" }, false, "skipped"],
    [{ installed: "no" }, true, "failed"],
    [{ installed: "yes", "file:/usr/local/lib/buildx-runners/settings.env": "abc" }, true, "ok"],
    [{ installed: "yes", "file:/usr/local/lib/buildx-runners/settings.env": "def" }, true, "warning"],
  ])("that is set up as %j, up: %s, is %s", (facts, applied, status) => {
    expect(
      installedAnswer(answers, new Map(Object.entries(facts)), wanted, { applied, stack }),
    ).toMatchObject({ status });
  });

  const pinned = { name: "linux", gitlabRunner: { version: "v18.5.0", url: "", sha256: {} } } as const;
  it.each([
    [{ installed: "yes", "gitlab-runner": "18.5.0" }, "ok"],
    [{ installed: "yes", "gitlab-runner": "18.4.0" }, "failed"],
    [{ installed: "yes" }, "failed"],
    [{ installed: "no" }, "skipped"],
  ])("whose manager is %j is %s", (facts, status) => {
    expect(runnerAnswer(answers, new Map(Object.entries(facts)), pinned, stack)).toMatchObject({ status });
  });

  it.each([
    [{ code: 0, stdout: "", stderr: "" }, "ok", "admin may"],
    [
      { code: 1, stdout: "", stderr: "sudo: a password is required\n" },
      "failed",
      "sudo: a password is required",
    ],
    [{ code: 127, stdout: "", stderr: "sh: 1: sudo: not found" }, "failed", "sudo is not installed"],
  ])("whose sudo says %j is %s", (outcome, status, found) => {
    expect(sudoAnswer("host x", "admin", outcome)).toMatchObject({ status, found });
  });

  it("reports what its own doctor found", () => {
    const own = (outcome: string, id = "open.daemon") => ({
      id,
      outcome,
      sentence: "the daemon runs",
      detail: "it does not",
      remedy: "look at the journal",
    });
    const said = (checks: unknown[]) =>
      ownDoctorAnswers("host x", JSON.stringify({ checks }), "").map(({ id, status }) => [id, status]);
    expect(said([own("pass"), own("pass", "system.disk")])).toEqual([["host.buildx-doctor", "ok"]]);
    expect(said([own("pass"), own("fail"), own("warn", "open.limits"), own("skip", "open.manager")])).toEqual(
      [
        ["host.buildx-doctor", "failed"],
        ["host.buildx-doctor.open.daemon", "failed"],
        ["host.buildx-doctor.open.limits", "warning"],
        ["host.buildx-doctor.open.manager", "skipped"],
      ],
    );
    expect(ownDoctorAnswers("host x", "", "exit code 2")).toMatchObject([
      { status: "failed", found: expect.stringContaining("exit code 2") },
    ]);
  });
});

describe("a stack file", () => {
  it.each([
    ["runner-1.example.com", "an example address"],
    ["https://registry.example.org:5000", "an example address"],
    ["CHANGE_ME", "a placeholder to replace"],
    ["TODO: the address", "a placeholder to replace"],
    ["<fill in: the host's name>", "not filled in yet"],
    ["v1:…", "not filled in yet"],
  ])("with %s has a fill-in left", (value, what) => {
    expect(fillIns({ "buildx-runners:fleets": [{ hosts: [{ address: value }] }] })).toEqual([
      `buildx-runners:fleets[0].hosts[0].address: ${value} is ${what}`,
    ]);
  });

  it.each(["runner-1.acme.io", "exampleshop.com", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHk1", "mastodon"])(
    "with %s has none",
    (value) => {
      expect(fillIns({ a: [value], b: { secure: "v1:TODO:…" } })).toEqual([]);
    },
  );
});

describe("pulumi", () => {
  it.each([
    ["v3.270.0", "ok"],
    ["v3.200.0-alpha.1", "ok"],
    ["v4.0.0", "failed"],
    [undefined, "failed"],
    ["what?", "warning"],
  ])("that says %s is %s", (said, status) => {
    expect(pulumiVersion(said, "3.270.0").status).toBe(status);
  });
});
