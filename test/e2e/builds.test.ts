/**
 * Building on the lab, with the real BuildKit and registry: matrix, build inputs, platforms, releases by digest, names
 * that are no tags, and an older pipeline that comes late.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommittedPipelineOptions, runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { dockerCli } from "../../lab/images/index.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import type { PipelineResult } from "../../lab/pipeline/index.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { configure, inHost, post } from "./project.ts";
import { explain } from "./results.ts";

const SECRET = "correct-horse-battery";
const SECRET_SHA256 = createHash("sha256").update(SECRET).digest("hex");

const FILES = {
  "web/Dockerfile": `FROM python:3.13-slim-trixie
ARG FLAVOUR
ARG GREETING
COPY --from=shared words.txt /words.txt
RUN --mount=type=secret,id=pip echo "${SECRET_SHA256}  /run/secrets/pip" | sha256sum -c - && echo "$FLAVOUR $GREETING" > /flavour
USER 65534
`,
  "shared/words.txt": "shared\n",
  "tiny/Dockerfile": `FROM scratch
ARG TARGETARCH
COPY Dockerfile /
LABEL arch=$TARGETARCH
`,
};

const IMAGES = [
  {
    name: "web",
    context: "web",
    matrix: { FLAVOUR: ["plain", "Sweet-1.0"] },
    buildArgs: { GREETING: 'a "quoted" $word' },
    contexts: { shared: "shared" },
    secrets: { pip: "PIP_TOKEN" },
    labels: { "com.example.level": "7" },
  },
  { name: "tiny", context: "tiny", platforms: ["linux/amd64", "linux/arm64"] },
];

let lab: Lab;

async function passing(options: CommittedPipelineOptions = {}): Promise<PipelineResult> {
  const result = await runCommittedPipeline(lab, options);
  expect(result.status, explain(result)).toBe("success");
  return result;
}

const tags = (image: string) => lab.registry.listTags(`${PROJECT}/${image}`);
const digest = (image: string, tag: string) => lab.registry.digest(`${PROJECT}/${image}`, tag);
const names = (result: PipelineResult) => result.jobs.map(({ name, status }) => `${name} ${status}`).sort();

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
  await lab.gitlab.commit(PROJECT, FILES);
  await post(lab, "/protected_tags", { name: "v*" });
  await post(lab, "/variables", { key: "PIP_TOKEN", value: SECRET });
  await configure(lab, [{ key: "images", value: IMAGES }]);
});
afterAll(() => lab?.stop());

describe("a matrix", () => {
  let result: PipelineResult;
  beforeAll(async () => {
    result = await passing();
  });

  it("builds and pushes every cell on the default branch, with a tag and a cache of its own", async () => {
    expect(names(result)).toEqual([
      "attestations success",
      "build-and-push-web: [Sweet-1.0] success",
      "build-and-push-web: [plain] success",
      "docker-build success",
      "promote success",
    ]);
    expect(await tags("web")).toEqual(
      [
        `Sweet-1.0-${result.sha}`,
        "Sweet-1.0",
        "Sweet-1.0-main",
        `plain-${result.sha}`,
        "plain",
        "plain-main",
      ].sort(),
    );
    for (const cell of ["Sweet-1.0", "plain"]) {
      expect(await digest("web", cell)).toBe(await digest("web", `${cell}-${result.sha}`));
      expect(await lab.registry.listTags(`${PROJECT}/web/cache-${cell.toLowerCase()}`)).toEqual([
        "protected-default",
      ]);
    }
  });

  it("hands the build its arguments, contexts, secrets and labels", async () => {
    const image = `${lab.registry.address}/${PROJECT}/web:Sweet-1.0`;
    const printed = await inHost(
      lab,
      `docker run --rm ${image} sh -c 'cat /flavour /words.txt; id -u; cat /run/secrets/* 2>/dev/null || true'`,
    );
    expect(printed.trim()).toBe('Sweet-1.0 a "quoted" $word\nshared\n65534');
    const labels = JSON.parse(
      await inHost(lab, `docker inspect --format '{{json .Config.Labels}}' ${image}`),
    );
    expect(labels).toMatchObject({
      "com.example.level": "7",
      "org.opencontainers.image.revision": result.sha,
      "org.opencontainers.image.version": result.sha,
      "org.opencontainers.image.source": expect.stringMatching(/\/acme\/shop$/),
      "org.opencontainers.image.created": expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const history = await inHost(lab, `docker history --no-trunc ${image}; docker inspect ${image}`);
    expect(history).not.toContain(SECRET);
  });

  it("writes on the manifest where it comes from", async () => {
    const image = `${lab.registry.address}/${PROJECT}/web`;
    const raw = async (name: string) =>
      JSON.parse(await inHost(lab, `docker buildx imagetools inspect --raw ${name}`));
    const index = await raw(`${image}:plain`);
    const manifest = await raw(`${image}@${index.manifests[0].digest}`);
    expect(manifest.annotations).toMatchObject({
      "org.opencontainers.image.revision": result.sha,
      "org.opencontainers.image.source": expect.stringMatching(/\/acme\/shop$/),
    });
  });

  it("stamps an image with its commit's time", async () => {
    const image = `${lab.registry.address}/${PROJECT}/web:plain`;
    await inHost(lab, `docker pull --quiet ${image}`);
    const [{ Created: created, Config: config }] = JSON.parse(await inHost(lab, `docker inspect ${image}`));
    const labelled = config.Labels["org.opencontainers.image.created"];
    expect(new Date(created).getTime(), `${created} ${labelled}`).toBe(new Date(labelled).getTime());
  });

  it("only proves on other branches that every cell builds", async () => {
    await lab.gitlab.commit(PROJECT, { "web/x.txt": "x" }, { branch: "feature/Ünïcode+(more)!#1" });
    const before = await tags("web");
    const branch = await passing({ branch: "feature/Ünïcode+(more)!#1" });
    expect(names(branch)).toEqual([
      "attestations success",
      "build-web: [Sweet-1.0] success",
      "build-web: [plain] success",
      "docker-build success",
      "promote success",
    ]);
    expect(await tags("web")).toEqual(before);
    // Whatever a branch is called, its tag is one.
    const added = (await tags("tiny")).filter((tag) => tag.startsWith("feature"));
    expect(added).toHaveLength(1);
    expect(added[0]).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
  });
});

describe("an image for two platforms", () => {
  it("is one index, promoted as it is", async () => {
    const image = `${lab.registry.address}/${PROJECT}/tiny:latest`;
    const index = JSON.parse(await inHost(lab, `docker buildx imagetools inspect --raw ${image}`));
    const platforms = index.manifests
      .map(
        ({ platform }: { platform: { os: string; architecture: string } }) =>
          `${platform.os}/${platform.architecture}`,
      )
      .filter((platform: string) => platform !== "unknown/unknown");
    expect(platforms.sort()).toEqual(["linux/amd64", "linux/arm64"]);
  });
});

describe("a release", () => {
  it("is the digest that was built for its commit, without a build", async () => {
    const sha = await lab.gitlab.createTag(PROJECT, "v1.4.2");
    const latest = await digest("tiny", "latest");
    const result = await passing({ tag: "v1.4.2" });
    expect(result.sha).toBe(sha);
    expect(result.log).not.toContain("docker buildx bake --file");
    expect(result.log).toMatch(/tiny sha256:[0-9a-f]{64} found/);
    for (const tag of ["1.4.2", "1.4", "1"]) expect(await digest("tiny", tag)).toBe(latest);
    expect(await digest("web", "plain-1.4.2")).toBe(await digest("web", "plain"));
    expect(await digest("tiny", "latest")).toBe(latest);
  });

  it("is built where its commit never was", async () => {
    await lab.gitlab.commit(PROJECT, { "tiny/y.txt": "y" }, { branch: "patch", message: "Patch" });
    await lab.gitlab.createTag(PROJECT, "v1.4.1", "patch");
    const before = await digest("tiny", "1.4");
    const result = await passing({ tag: "v1.4.1" });
    expect(result.log).toMatch(/tiny sha256:[0-9a-f]{64} built/);
    expect(await digest("tiny", "1.4.1")).toBe(await digest("tiny", result.sha));
    // 1.4.2 is newer: a late patch moves nothing back.
    expect(await digest("tiny", "1.4")).toBe(before);
  });

  it("that is a prerelease has its own tag only", async () => {
    await lab.gitlab.createTag(PROJECT, "v2.0.0-rc.1");
    await passing({ tag: "v2.0.0-rc.1" });
    const all = await tags("tiny");
    expect(all).toContain("2.0.0-rc.1");
    expect(all).not.toContain("2.0");
    expect(all).not.toContain("2");
  });

  it("of a tag that is not protected fails, and says what to do", async () => {
    await lab.gitlab.createTag(PROJECT, "1.9.9");
    const result = await runCommittedPipeline(lab, { tag: "1.9.9" });
    expect(result.status).toBe("failed");
    expect(result.log).toContain("1.9.9 is no protected tag");
    expect(await tags("tiny")).not.toContain("1.9.9");
  });
});

describe("a pipeline that was overtaken", () => {
  it("leaves latest to the newer one", async () => {
    const older = await lab.gitlab.commit(PROJECT, { "tiny/z.txt": "older" });
    await lab.gitlab.commit(PROJECT, { "tiny/z.txt": "newer" });
    const newest = await passing();
    const latest = await digest("tiny", "latest");
    expect(latest).toBe(await digest("tiny", newest.sha));
    const late = await passing({ sha: older });
    expect(late.log).toMatch(/main is at [0-9a-f]{40}, not at [0-9a-f]{40}: no tag moves/);
    expect(await digest("tiny", "latest")).toBe(latest);
    expect(await digest("tiny", older)).not.toBe(latest);
  });
});

describe("the build definition", () => {
  it("is in the repository, and describes the same build to anybody's buildx", async () => {
    const directory = mkdtempSync(join(tmpdir(), "builds-"));
    try {
      for (const path of ["docker-bake.hcl", ...Object.keys(FILES)]) {
        const content = await lab.gitlab.readFile(PROJECT, path);
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), content ?? "");
      }
      const docker = await dockerCli();
      const env = { PATH: process.env.PATH ?? "", HOME: directory };
      // No daemon is asked: what would be built, with nothing of CI in the environment.
      const printed = JSON.parse(
        execFileSync(join(dirname(docker), "buildx"), ["bake", "--print"], {
          cwd: directory,
          env,
          encoding: "utf8",
        }),
      );
      expect(Object.keys(printed.target).sort()).toEqual(["tiny", "web_Sweet-1_0", "web_plain"]);
      expect(printed.target["web_Sweet-1_0"]).toMatchObject({
        context: "web",
        contexts: { shared: "shared" },
        args: { FLAVOUR: "Sweet-1.0", GREETING: 'a "quoted" $word' },
        tags: ["acme/shop/web:Sweet-1.0-local"],
      });
      expect(printed.target.tiny["cache-to"] ?? []).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
