/** Signatures and the way back, on the lab, with the real cosign: what passes, and what is refused. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommittedPipelineOptions, runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { type Lab, PROJECT } from "../../lab/lab.ts";
import type { PipelineResult } from "../../lab/pipeline/index.ts";
import { changedApp } from "../../lab/sample/index.ts";
import { type ObjectStore, startObjectStore } from "./object-store.ts";
import { IMAGES, labWith, signingKey, tamper, toolsInMirror, verifies } from "./operate.ts";
import { configure } from "./project.ts";
import { explain, statusOf } from "./results.ts";

const PASSWORD = "correct-horse-battery";

let lab: Lab;
let store: ObjectStore;
let first: PipelineResult;
let second: PipelineResult;
let between: string;
let key: Awaited<ReturnType<typeof signingKey>>;

const pipeline = (options: CommittedPipelineOptions = {}) => runCommittedPipeline(lab, options);
const digest = (image: string, tag: string) => lab.registry.digest(`${PROJECT}/${image}`, tag);
const digests = (tag: string) => Promise.all(IMAGES.map((image) => digest(image, tag)));

async function passing(options: CommittedPipelineOptions = {}): Promise<PipelineResult> {
  const result = await pipeline(options);
  expect(result.status, explain(result)).toBe("success");
  return result;
}

/** In the pipeline of a commit between the two, which is overtaken and so promotes nothing itself. */
const rollback = (to: string) =>
  pipeline({ sha: between, manual: [{ name: "rollback", variables: [{ key: "ROLLBACK_TO", value: to }] }] });

beforeAll(async () => {
  key = await signingKey(PASSWORD);
  lab = await labWith(async (up) => {
    store = await startObjectStore(up.machine.bridgeAddress, 5588);
    await store.createBucket("backups", true);
    return [
      {
        key: "tools.images",
        value: { docker: "docker:28.3.3-cli", ...(await toolsInMirror(up, ["cosign", "oras", "rclone"])) },
      },
      { key: "signing.publicKey", value: key.publicKey },
      { key: "signing.key", value: key.key, secret: true },
      { key: "signing.password", value: key.password, secret: true },
      { key: "rollback", value: true },
      { key: "gates.attestations", value: false },
      {
        key: "images",
        value: [{ name: "app" }, { name: "db-init", context: "db", labels: { migration: "0002" } }],
      },
      { key: "refresh", value: {} },
      { key: "review", value: { fail: ["user"] } },
      { key: "protection", value: { tags: ["v*"] } },
      { key: "backup.bucket", value: "s3://backups/shop" },
      { key: "backup.endpoint", value: store.url },
      { key: "backup.accessKeyId", value: "backup-key" },
      { key: "backup.retentionDays", value: 3 },
      { key: "backup.secretAccessKey", value: "backup-secret", secret: true },
    ];
  });
  first = await passing();
  const project = lab.gitlab.project(PROJECT);
  await lab.gitlab.commit(PROJECT, await changedApp("between"));
  between = (await project.repository.refs("heads")).get("main") ?? "";
  await lab.gitlab.commit(PROJECT, await changedApp("the second"));
  second = await passing();
});
afterAll(async () => {
  await store?.stop();
  await lab?.stop();
});

describe("a protected branch", () => {
  it("signs both images by digest, and promotes them afterwards", async () => {
    const names = first.jobs.map(({ name, status: found }) => `${name} ${found}`);
    expect(names.filter((name) => /sign|promote/.test(name))).toEqual(["sign success", "promote success"]);
    for (const image of IMAGES)
      expect(first.log).toContain(
        `${image} is signed: ${lab.registry.address}/${PROJECT}/${image}@${await digest(image, first.sha)}`,
      );
    expect(await digests("latest")).toEqual(await digests(second.sha));
  });

  it("leaves key and password in no log", () => {
    const body = key.key.split("\n")[2] ?? "";
    expect(body.length).toBeGreaterThan(20);
    for (const secret of [PASSWORD, body, Buffer.from(key.key).toString("base64")])
      expect(first.log).not.toContain(secret);
  });
});

describe("an unprotected branch", () => {
  it("promotes its tag without a signature, for it has no key", async () => {
    await lab.gitlab.commit(PROJECT, await changedApp("a proposal"), { branch: "proposal" });
    const result = await passing({ branch: "proposal" });
    expect(statusOf(result, "sign")).toBeUndefined();
    expect(await digests("proposal")).toEqual(await digests(result.sha));
  });
});

describe("rollback", () => {
  it("moves latest and the branch's tag back by digest, and records it", async () => {
    const result = await rollback(first.sha);
    expect(statusOf(result, "rollback"), explain(result)).toBe("success");
    expect(statusOf(result, "rollback-tags"), explain(result)).toBe("success");
    const before = await digests(second.sha);
    const after = await digests(first.sha);
    expect(before).not.toEqual(after);
    expect(await digests("latest")).toEqual(after);
    expect(await digests("main")).toEqual(after);
    const record = JSON.parse((await result.artifact("rollback-tags", "rollback.json")) ?? "{}");
    expect(record).toMatchObject({ target: first.sha, by: expect.stringMatching(/^[a-z]/) });
    expect(record.images.map(({ from, to }: { from: string; to: string }) => [from, to])).toEqual(
      IMAGES.map((_, index) => [before[index], after[index]]),
    );
    expect(record.images[1].migration).toEqual({ from: "0002", to: "0002" });
  });

  it("refuses an image that was put under a commit's tag, whoever signed it for what", async () => {
    const latest = await digests("latest");
    // Signed by this project, for another commit.
    await tamper(lab, `app:${second.sha}`, `app:${first.sha}`);
    expect(await digest("app", first.sha)).toBe(await digest("app", second.sha));
    const result = await rollback(first.sha);
    expect(statusOf(result, "rollback"), explain(result)).toBe("failed");
    expect(statusOf(result, "rollback-tags")).not.toBe("success");
    expect(result.log).toMatch(/app:[0-9a-f]{40} is missing, or not what this project signed as app/);
    expect(await digests("latest")).toEqual(latest);
  });

  it("refuses one that nobody signed", async () => {
    const latest = await digests("latest");
    await tamper(lab, "app:proposal", "app:9.9.9");
    await tamper(lab, `db-init:${second.sha}`, "db-init:9.9.9");
    const result = await rollback("9.9.9");
    expect(statusOf(result, "rollback"), explain(result)).toBe("failed");
    expect(await digests("latest")).toEqual(latest);
  });

  it("moves on again by digests", async () => {
    const wanted = await digests(second.sha);
    const result = await rollback(IMAGES.map((image, index) => `${image}@${wanted[index]}`).join(" "));
    expect(statusOf(result, "rollback-tags"), explain(result)).toBe("success");
    expect(await digests("latest")).toEqual(wanted);
  });
});

describe("a release", () => {
  it("reuses a signed candidate", async () => {
    await lab.gitlab.project(PROJECT).repository.setTag("v1.0.0", second.sha);
    const result = await passing({ tag: "v1.0.0" });
    expect(result.log).toMatch(/app sha256:[0-9a-f]{64} found/);
    expect(await digests("1.0.0")).toEqual(await digests(second.sha));
  });

  it("refuses a candidate that somebody pushed in its place", async () => {
    await tamper(lab, "app:proposal", `app:${second.sha}`);
    await lab.gitlab.project(PROJECT).repository.setTag("v1.0.1", second.sha);
    const result = await pipeline({ tag: "v1.0.1" });
    expect(statusOf(result, "sign"), explain(result)).toBe("failed");
    expect(statusOf(result, "release")).toBe("skipped");
    expect(result.log).toContain("Delete this commit's tag of app in the registry");
    expect(await digests("1.0.1")).toEqual([undefined, undefined]);
  });
});

const operation = (name: string, more: readonly { key: string; value: string }[] = []) =>
  pipeline({ web: { variables: [{ key: "OPERATION", value: name }, ...more] } });

describe("a backup", () => {
  let name: string;

  it("is in the bucket with signatures and attestations, read back, and nothing else runs", async () => {
    // What others put under a promoted tag would be backed up as it is; this is about what was promoted.
    const result = await pipeline({ schedule: { description: "Back up promoted images" } });
    expect(result.status, explain(result)).toBe("success");
    expect(result.jobs.map((job) => job.name)).toEqual(["backup"]);
    [, name = ""] = /backup (\S+) holds \d+ tags, read back and proven/.exec(result.log) ?? [];
    expect(name).toMatch(/^\d{8}T\d{6}Z-\d+$/);
    const list = (await result.artifact("backup", "backup.txt")) ?? "";
    for (const image of IMAGES) expect(list).toContain(`${image} latest ${await digest(image, "latest")}`);
    expect(list).toContain("app 1.0.0 ");
    const keys = (await store.versions("backups")).map(({ key: found }) => found);
    expect(keys).toContain(`shop/${name}/backup.txt`);
    expect(keys.length).toBeGreaterThan(20);
  });

  it("cannot be deleted before its time", async () => {
    const versions = await store.versions("backups");
    for (const { key: found, version } of versions.slice(0, 3))
      expect(await store.remove("backups", found, version), found).toBe(403);
    expect(await store.versions("backups")).toHaveLength(versions.length);
    // What has no lock goes.
    await store.put("backups", "free.txt", "free");
    const free = (await store.versions("backups")).find(({ key: found }) => found === "free.txt");
    expect(await store.remove("backups", "free.txt", free?.version ?? "")).toBe(204);
  });

  it("comes back elsewhere with the same digests, and with signatures that verify", async () => {
    const result = await operation("restore");
    expect(result.status, explain(result)).toBe("success");
    for (const image of IMAGES)
      expect(await digest(`${image}-restored`, "latest")).toBe(await digest(image, "latest"));
    await verifies(lab, key, `app-restored@${await digest("app", "latest")}`);
  });

  it("that was damaged is not restored", async () => {
    const damaged = "20200101T000000Z-1";
    const keys = (await store.versions("backups")).map(({ key: found }) => found);
    const own = keys.filter((found) => found.startsWith(`shop/${name}/`));
    const victim = own.find((found) => found.includes("/app/blobs/sha256/"));
    expect(victim).toBeDefined();
    for (const found of own) {
      const content = found === victim ? "something else" : await store.get("backups", found);
      await store.put("backups", found.replace(name, damaged), content);
    }
    const result = await operation("restore", [
      { key: "RESTORE_FROM", value: damaged },
      { key: "RESTORE_TO", value: "-damaged" },
    ]);
    expect(statusOf(result, "restore"), explain(result)).toBe("failed");
    expect(result.log).toMatch(/blobs\/sha256\/[0-9a-f]{64}: FAILED/);
    expect(await digest("app-damaged", "latest")).toBeUndefined();
  });

  it("leaves no volume on the host", async () => {
    const docker = "docker -H unix:///var/lib/buildx/protected/docker.sock";
    const { stdout } = await lab.machine.exec(`${docker} volume ls --quiet --filter name=operation-`);
    expect(stdout.trim()).toBe("");
  });
});

describe("a refresh", () => {
  it("builds everything anew, through signing to promotion", async () => {
    const before = await digests("latest");
    const result = await pipeline({ schedule: { description: "Build anew on fresh base images" } });
    expect(result.status, explain(result)).toBe("success");
    const steps = [...result.log.matchAll(/#(\d+) \[[^\]]+\d\/\d+\] (?:RUN|COPY) /g)].map(([, id]) => id);
    expect(steps.length).toBeGreaterThan(3);
    for (const id of steps) expect(result.log).not.toContain(`#${id} CACHED`);
    expect(statusOf(result, "sign")).toBe("success");
    expect(await digests("latest")).toEqual(await digests(result.sha));
    expect(await digests("latest")).not.toEqual(before);
  });
});

describe("the review", () => {
  it("tells of users, bases, attestations, sizes, and when there was a backup and a restore", async () => {
    const result = await pipeline({ schedule: { description: "Review what is deployed" } });
    expect(result.status, explain(result)).toBe("success");
    expect(result.jobs.map((job) => job.name)).toEqual(["review"]);
    const report = (await result.artifact("review", "review.md")) ?? "";
    expect(report).toContain("| app | user | runs as 10001:10001 |");
    expect(report).toContain("| app | attestations | has provenance |");
    // The lab's jobs reach no Docker Hub.
    expect(report).toContain("python:3.13-slim-trixie cannot be asked for");
    expect(report).toMatch(/\| app \| size \| \d+ MB, and \d+ MB in release 1\.0\.\d+ \|/);
    expect(report).toContain("| all | backup | 0 days ago |");
    expect(report).toContain("| all | restore | 0 days ago |");
  });
});

describe("GitLab's own registry", () => {
  it("is cleaned up by a policy, and has its old one back in the end", async () => {
    const project = lab.gitlab.project(PROJECT);
    expect(project.cleanupPolicy).toMatchObject({ enabled: false, older_than: "90d" });
    const up = (olderThan: string) =>
      configure(lab, [
        { key: "registry", value: "gitlab" },
        { key: "cleanup.olderThan", value: olderThan },
      ]);
    await up("14d");
    expect(project.cleanupPolicy).toMatchObject({ enabled: true, older_than: "14d" });
    expect(project.cleanupPolicy.name_regex_keep).toContain("latest");
    // What the configuration has no more is gone as well.
    expect(project.schedules).toEqual([]);
    await up("30d");
    expect(project.cleanupPolicy).toMatchObject({ enabled: true, older_than: "30d" });
    await (await lab.engine()).destroy();
    expect(project.cleanupPolicy).toMatchObject({ enabled: false, older_than: "90d" });
  });
});
