/**
 * Every gate in real pipelines with its real tool, on the lab: what passes, what must fail, and that nothing moves
 * when one does. Trivy is not among them: its image and its database cannot be built from packages.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommittedPipelineOptions, runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { dockerCli, ensureImages } from "../../lab/images/index.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import { runDirectory } from "../../lab/paths.ts";
import type { PipelineResult } from "../../lab/pipeline/index.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { run as runCommand } from "../../lab/run.ts";
import { toolPins } from "../../pipeline/tools.ts";
import { explain, statusesOf } from "./results.ts";

const TOOLS = ["hadolint", "gitleaks", "commitlint"] as const;
const IMAGES = ["app", "db-init"];

/** The project's own tests, which say what they found. */
const tests = (outcome: "pass" | "fail"): string => `from pathlib import Path
import socket, sys
socket.create_connection(("database", 5432), timeout=30).close()
failure = ${outcome === "fail" ? "'<failure message=\"a price is negative\"/>'" : "''"}
Path("junit.xml").write_text(f'<testsuite><testcase name="prices">{failure}</testcase></testsuite>')
print("TOTAL coverage: 87%")
sys.exit(1 if failure else 0)
`;

let lab: Lab;

/** An image of this lab's mirror, for no pin knows what was built here. */
const inMirror = (image: string) => `${lab.mirror.address}/${image.replace(/^ghcr\.io\//, "")}`;

async function startWithGates(): Promise<void> {
  const references = TOOLS.map((name) => `${toolPins[name].image}:${toolPins[name].tag}`);
  await ensureImages({ references, registry: { address: lab.mirror.address, caPath: lab.ca.caPath } });
  const images = Object.fromEntries(TOOLS.map((name, index) => [name, inMirror(references[index] ?? "")]));
  const project = "buildx-runners:projects[0]";
  const engine = await lab.engine({
    config: [
      { key: `${project}.tools.images`, value: { docker: "docker:28.3.3-cli", ...images } },
      {
        key: `${project}.gates`,
        value: {
          commitlint: true,
          trivy: false,
          attestations: { sbom: false },
          test: {
            image: "python:3.13-slim-trixie",
            command: ["python", "tests/gate.py"],
            services: [
              {
                image: "postgis/postgis:15-3.3",
                alias: "database",
                variables: { POSTGRES_PASSWORD: "test" },
              },
            ],
            junit: ["junit.xml"],
            coverage: { pattern: "/TOTAL coverage: (\\d+)%/" },
          },
        },
      },
    ],
  });
  await lab.gitlab.commit(
    PROJECT,
    { "tests/gate.py": tests("pass") },
    { message: "test: ask for a database" },
  );
  await engine.up();
}

const run = (options: CommittedPipelineOptions = {}) => runCommittedPipeline(lab, options);

const digests = (tag: string) =>
  Promise.all(IMAGES.map((image) => lab.registry.digest(`${PROJECT}/${image}`, tag)));

/** A merge request with one commit. */
async function proposed(
  source: string,
  message: string,
  files: Readonly<Record<string, string | undefined>>,
): Promise<PipelineResult> {
  await lab.gitlab.commit(PROJECT, files, { branch: source, message });
  return run({ mergeRequest: { source } });
}

async function expectOnly(failing: string, result: PipelineResult, branch: string): Promise<void> {
  const found = statusesOf(result);
  expect(result.status, explain(result)).toBe("failed");
  expect(
    Object.keys(found).filter((name) => found[name] === "failed"),
    explain(result),
  ).toEqual([failing]);
  expect(found.promote).toBe("skipped");
  expect(await digests(branch)).toEqual([undefined, undefined]);
}

let main: PipelineResult;

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
  await startWithGates();
  main = await run();
});
afterAll(() => lab?.stop());

describe("a sound change", () => {
  it("passes every gate of the default branch, and moves its tags", async () => {
    expect(main.status, explain(main)).toBe("success");
    expect(statusesOf(main)).toEqual({
      hadolint: "success",
      gitleaks: "success",
      test: "success",
      "docker-build": "success",
      attestations: "success",
      promote: "success",
    });
    expect(await digests("latest")).toEqual(await digests(main.sha));
  });

  it("passes as a merge request, its commits held to the convention", async () => {
    const result = await proposed("sound", "docs: say more", { "README.md": "More.\n" });
    expect(result.status, explain(result)).toBe("success");
    expect(statusesOf(result)).toMatchObject({
      commitlint: "success",
      gitleaks: "success",
      promote: "success",
    });
    expect(result.log).toMatch(/looking at 1 commits/);
    expect(result.log).toMatch(/looking for secrets in 1 commits/);
    expect(await result.artifact("gitleaks", "gitleaks.json")).toMatch(/^\[\s*\]\s*$/);
  });

  it("hands its tests' report on, which ran beside their service", async () => {
    const [report] = await main.reports("test", "junit");
    expect(report?.text).toContain('<testcase name="prices"></testcase>');
  });

  it("has the whole history looked through on schedule", async () => {
    const result = await run({ schedule: { description: "nightly" } });
    expect(result.log).toMatch(/looking for secrets in \d+ commits: --all/);
    expect(result.status, explain(result)).toBe("success");
  });
});

describe("a leaked key", () => {
  const key = `glpat-${randomBytes(15).toString("base64url")}`;
  let result: PipelineResult;
  beforeAll(async () => {
    result = await proposed("leak", "feat: configure the shop", { "shop.ini": `token = "${key}"\n` });
  });

  it("fails gitleaks, and nothing is promoted", () => expectOnly("gitleaks", result, "leak"));

  it("is in neither log nor report, which say where it is", async () => {
    const report = (await result.artifact("gitleaks", "gitleaks.json")) ?? "";
    expect(JSON.parse(report)).toMatchObject([{ File: "shop.ini", StartLine: 1, Secret: "REDACTED" }]);
    expect(report + result.log).not.toContain(key.slice(6));
    expect(result.log).toMatch(/File: +shop\.ini/);
    expect(result.log).toContain("Revoke what was found");
  });

  it("is found in the history on schedule, long after it was pushed", async () => {
    const scheduled = await run({ schedule: { description: "nightly" } });
    expect(statusesOf(scheduled)).toMatchObject({ gitleaks: "failed", promote: "skipped" });
    expect(scheduled.log).not.toContain(key.slice(6));
  });
});

describe("a bad Dockerfile", () => {
  it("fails hadolint with a code quality report, and nothing is promoted", async () => {
    const dockerfile = (await lab.gitlab.readFile(PROJECT, "Dockerfile")) ?? "";
    const bad = dockerfile.replace("COPY app app", "ADD app app");
    expect(bad).not.toBe(dockerfile);
    const result = await proposed("dockerfile", "build: add the app", { Dockerfile: bad });
    await expectOnly("hadolint", result, "dockerfile");
    const [report] = await result.reports("hadolint", "codequality");
    const findings = JSON.parse(report?.text ?? "null") as Record<string, unknown>[];
    const line = bad.split("\n").indexOf("ADD app app") + 1;
    expect(findings).toContainEqual(
      expect.objectContaining({
        description: expect.stringMatching(/COPY/),
        check_name: "DL3020",
        fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/),
        severity: "blocker",
        location: expect.objectContaining({
          path: "Dockerfile",
          lines: expect.objectContaining({ begin: line }),
        }),
      }),
    );
  });
});

describe("a bad commit message", () => {
  it("fails commitlint, and nothing is promoted", async () => {
    const result = await proposed("message", "made it better", { "README.md": "Better.\n" });
    await expectOnly("commitlint", result, "message");
    expect(result.log).toMatch(/type may not be empty/);
  });
});

describe("failing tests", () => {
  it("fail their job with their report, and nothing is promoted", async () => {
    const result = await proposed("tests", "test: count prices", { "tests/gate.py": tests("fail") });
    await expectOnly("test", result, "tests");
    const [report] = await result.reports("test", "junit");
    expect(report?.text).toContain("a price is negative");
  });
});

/** What is found under the commit of a tag, where no build of this pipeline has pushed it. */
describe("an image under the commit's tag", () => {
  const app = `${PROJECT}/app`;
  let image: string;
  let built: string;
  const configuration = mkdtempSync(join(tmpdir(), "gates-"));

  beforeAll(async () => {
    lab.gitlab.project(PROJECT).protectedTags.push({ id: 1, name: "v*", createLevel: 40 });
    const { user, password } = lab.registry;
    const auth = Buffer.from(`${user}:${password}`).toString("base64");
    writeFileSync(
      join(configuration, "config.json"),
      JSON.stringify({ auths: { [lab.registry.address]: { auth } } }),
    );
    image = `${lab.registry.address}/${app}`;
    built = (await lab.registry.digest(app, main.sha)) ?? "";
  });
  afterAll(() => rmSync(configuration, { recursive: true }));

  /** Moves the commit's tag, as somebody may who can push to the registry. */
  async function put(digest: string, ...options: string[]): Promise<void> {
    const buildx = join(dirname(await dockerCli()), "buildx");
    const words = ["imagetools", "create", ...options, "--tag", `${image}:${main.sha}`, `${image}@${digest}`];
    await runCommand(buildx, words, {
      env: { DOCKER_CONFIG: configuration, SSL_CERT_FILE: lab.ca.caPath },
    });
  }

  async function release(tag: string): Promise<PipelineResult> {
    await lab.gitlab.createTag(PROJECT, tag, main.sha);
    return run({ tag });
  }

  async function expectNoRelease(result: PipelineResult, version: string): Promise<void> {
    expect(statusesOf(result), explain(result)).toMatchObject({
      "docker-build": "success",
      attestations: "failed",
      release: "skipped",
    });
    expect(await digests(version)).toEqual([undefined, undefined]);
  }

  const manifests = async (digest: string): Promise<{ digest: string; platform: { os: string } }[]> => {
    const index = (await lab.registry.manifest(app, digest)) as {
      manifests: { digest: string; platform: { os: string } }[];
    };
    return index.manifests;
  };
  const digestFor = async (os: RegExp) =>
    (await manifests(built)).find(({ platform }) => os.test(platform.os))?.digest ?? "";

  it("is released where it is the one that was built", async () => {
    const result = await release("v1.0.0");
    expect(result.status, explain(result)).toBe("success");
    expect(result.log).toMatch(/app is attested on 1 of 1 platforms/);
    expect(await digests("1.0.0")).toEqual(await digests(main.sha));
  });

  it("is not released with a provenance that was changed in the registry", async () => {
    const attestation = (await lab.registry.manifest(app, await digestFor(/^unknown$/))) as {
      layers: { digest: string }[];
    };
    const [, hash = ""] = (attestation.layers[0]?.digest ?? "").split(":");
    const registry = join(runDirectory("registry"), "docker/registry/v2/blobs/sha256");
    const file = join(registry, hash.slice(0, 2), hash, "data");
    const text = readFileSync(file, "utf8");
    expect(text).toContain("https://slsa.dev/provenance/");
    writeFileSync(file, text.replace("buildkit@v1", "buildkit@v9"));
    const result = await release("v1.0.1").finally(() => writeFileSync(file, text));
    await expectNoRelease(result, "1.0.1");
    expect(result.log).toMatch(
      /has Provenance \(SLSA\) for 0 of 1 platforms: one is missing, or was changed/,
    );
  });

  it("is not released as an index without provenance", async () => {
    await put(await digestFor(/^linux$/));
    const result = await release("v1.0.2");
    await expectNoRelease(result, "1.0.2");
    expect(result.log).toMatch(/has Provenance \(SLSA\) for 0 of 1 platforms/);
  });

  it("is not released as a bare image", async () => {
    await put(await digestFor(/^linux$/), "--prefer-index=false");
    const result = await release("v1.0.3");
    await expectNoRelease(result, "1.0.3");
    expect(result.log).toMatch(/has no index, and so no attestation/);
  });
});
