import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CollectionTag, parse, type ScalarTag } from "yaml";
import { lintPipeline } from "../../lab/pipeline/index.ts";
import { bakeFile } from "../../pipeline/bake.ts";
import { checkPipeline } from "../../pipeline/check/index.ts";
import type { JobParts, Pipeline, Step } from "../../pipeline/model.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { renderPipeline } from "../../pipeline/render.ts";
import { type Target, targetOf } from "../../pipeline/target.ts";
import { anyConfig, parsed, seedValues, seedWith } from "../configs.ts";
import { shellcheckFiles } from "../tools/shellcheck.ts";

function targetFrom(values: Record<string, unknown>): Target {
  const { fleets, projects } = parsed(values);
  const [fleet, project] = [fleets[0], projects[0]];
  if (!fleet || !project) throw new Error("the configuration has no fleet or no project");
  return targetOf("dev", project, fleet);
}

const seedTarget = (): Target => targetFrom(seedValues());

/** GitLab's own tag: a list of a job and a keyword. */
const reference: CollectionTag = { tag: "!reference", collection: "seq" } as CollectionTag & ScalarTag;

/** GitLab reads YAML 1.1, editors mostly 1.2. */
const read = (text: string, version: "1.1" | "1.2" = "1.1") =>
  parse(text, { customTags: [reference], version }) as Record<string, unknown>;

/** A job as the file has it: comments gone, steps as text or as references. */
function plain(job: JobParts): Record<string, unknown> {
  const { comment: _, ...rest } = job;
  const step = (s: Step) => ("run" in s ? s.run.trimEnd() : s.reference);
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => {
      if (key.endsWith("script")) return [key, (value as readonly Step[]).map(step)];
      if (key === "extends") return [key, (value as readonly string[])[0]];
      return [key, value];
    }),
  );
}

function trimmed(job: unknown): unknown {
  return Object.fromEntries(
    Object.entries(job as Record<string, unknown>).map(([key, value]) => [
      key,
      key.endsWith("script")
        ? (value as unknown[]).map((step) => (typeof step === "string" ? step.trimEnd() : step))
        : value,
    ]),
  );
}

function scripts(pipeline: Pipeline): string[] {
  return Object.values({ ...pipeline.hidden, ...pipeline.jobs } as Record<
    string,
    JobParts & { script?: readonly Step[] }
  >)
    .flatMap((job) => [...(job.before_script ?? []), ...(job.script ?? []), ...(job.after_script ?? [])])
    .flatMap((step) => ("run" in step ? [step.run] : []));
}

describe("the generated file", () => {
  it("parses back to the model, whatever the configuration", () => {
    fc.assert(
      fc.property(anyConfig, (values) => {
        const pipeline = pipelineFor(targetFrom(values));
        const text = renderPipeline(pipeline);
        const file = read(text);
        expect(file.stages).toEqual(pipeline.stages);
        expect(file.workflow).toEqual(pipeline.workflow);
        expect(file.variables).toEqual(pipeline.variables);
        for (const [name, job] of Object.entries({ ...pipeline.hidden, ...pipeline.jobs }))
          expect(trimmed(file[name])).toEqual(plain(job as JobParts));
        expect(read(text, "1.2")).toEqual(file);
      }),
      { numRuns: 100 },
    );
  });

  it("has texts for texts, though YAML 1.1 sees booleans, times and numbers in them", () => {
    const variables = {
      A: "on",
      B: "12:30:00",
      C: "2026-01-02",
      D: "1_000",
      E: "0777",
      F: "yes",
      G: "null",
      H: "1e3",
    };
    for (const version of ["1.1", "1.2"] as const) {
      const file = read(renderPipeline(pipelineFor(targetFrom(seedWith({ hooks: { variables } })))), version);
      expect(file.variables).toMatchObject(variables);
    }
  });

  it("is sound, and its scripts are shell, whatever the configuration", () => {
    // Most scripts are the same in all of them.
    const sound = new Set<string>();
    fc.assert(
      fc.property(anyConfig, (values) => {
        const pipeline = pipelineFor(targetFrom(values));
        expect(checkPipeline(pipeline)).toEqual([]);
        const texts = scripts(pipeline).filter((one) => !sound.has(one));
        const each = 'for text; do bash -n <<< "$text"; done';
        if (texts.length > 0)
          expect(spawnSync("bash", ["-c", each, "bash", ...texts], { encoding: "utf8" }).stderr).toBe("");
        for (const text of texts) sound.add(text);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it("is the same for the same configuration", () => {
    expect(renderPipeline(pipelineFor(seedTarget()))).toBe(renderPipeline(pipelineFor(seedTarget())));
  });

  it("names its stack at the head, and says how to change it", () => {
    const [first, second] = renderPipeline(pipelineFor(seedTarget())).split("\n");
    expect(first).toMatch(/^# Generated by buildx-runners, stack dev\./);
    expect(second).toContain("npm run render");
  });

  it("holds no privilege, no Docker-in-Docker and no password argument", () => {
    const text = renderPipeline(pipelineFor(seedTarget()));
    expect(text).not.toMatch(/privileged|dind|--password[ =]|login.* -p /);
    expect(text).toContain("--password-stdin");
  });

  it("has scripts that shellcheck has nothing to say about", () => {
    const directory = mkdtempSync(join(tmpdir(), "pipeline-scripts-"));
    try {
      const paths = scripts(pipelineFor(seedTarget())).map((text, index) => {
        const path = join(directory, `${index}.sh`);
        // A job's shell has these settings from its first step on.
        writeFileSync(path, `set -eu\n${text}`);
        return path;
      });
      expect(shellcheckFiles(paths, "sh")).toBe("");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("GitLab's own schema", () => {
  const registry = { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" };
  const noGate = { hadolint: false, gitleaks: false, trivy: false, attestations: false };

  // The projects beside golden/projects.ts have the seed's case, and everything that can be turned on.
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["one trust level, a file to include, no gate", { refs: "any" }, { include: true, gates: noGate }],
    [
      "protected refs only, another registry, one image, nothing to validate",
      { refs: "protected" },
      { registry, images: [{ name: "app", target: "runtime", dockerfile: "docker/app" }] },
    ],
    [
      "a report of coverage, commitlint's configuration, images with and without a matrix",
      {},
      {
        images: [{ name: "app" }, { name: "web", matrix: { PYTHON_VERSION: ["3.12", "3.13"] } }],
        gates: {
          commitlint: { config: "lint.yaml" },
          test: {
            image: "python:3.13-slim",
            command: ["pytest", "--junit-xml=junit.xml"],
            services: [{ image: "redis:8", alias: "cache" }],
            junit: ["junit.xml"],
            coverage: {
              pattern: "/^TOTAL.*?(\\d+)%$/",
              report: { format: "cobertura", path: "coverage.xml" },
            },
          },
        },
      },
    ],
  ])("accepts %s", async (_, fleet, project) => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, fleet);
    Object.assign(values.projects[0] ?? {}, project);
    expect(await lintPipeline(renderPipeline(pipelineFor(targetFrom(values))))).toEqual([]);
  });

  it("is really asked", async () => {
    const text = renderPipeline(pipelineFor(seedTarget())).replace(
      "interruptible: true",
      "interruptible: perhaps",
    );
    expect(await lintPipeline(text)).not.toEqual([]);
  });
});

describe("docker-build", () => {
  const job = () => pipelineFor(seedTarget()).jobs["docker-build"];

  it("runs in stage build, beside a live PostGIS", () => {
    expect(job()).toMatchObject({
      stage: "build",
      tags: ["buildx-$TRUST_LEVEL"],
      services: [{ name: "postgis/postgis:15-3.3", alias: "validate-db-init" }],
      variables: { FF_NETWORK_PER_BUILD: "true" },
    });
  });

  it("builds all images in one invocation", () => {
    const builds = scripts(pipelineFor(seedTarget()))
      .join("\n")
      .match(/docker buildx (?:bake|build) .*/g);
    expect(builds).toEqual(['docker buildx bake --file docker-bake.hcl "$@"']);
  });

  it("moves no tag but the commit's", () => {
    expect(bakeFile(seedTarget()).match(/^ *tags .*$/gm)).toEqual([
      '  tags       = ["${REGISTRY_IMAGE}/app:${CI_COMMIT_SHA}"]',
      '  tags       = ["${REGISTRY_IMAGE}/db-init:${CI_COMMIT_SHA}"]',
    ]);
  });

  it("needs no service where nothing is validated", () => {
    const values = seedValues();
    for (const image of values.projects[0]?.images ?? []) Reflect.deleteProperty(image, "validate");
    expect(pipelineFor(targetFrom(values)).jobs["docker-build"]).not.toHaveProperty("services");
  });
});

describe("trust levels", () => {
  it.each([
    ["separated", ["buildx-$TRUST_LEVEL"], "open"],
    ["any", ["buildx"], "open"],
    ["protected", ["buildx"], "protected"],
  ])("refs: %s asks for %j", (refs, tags, level) => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, { refs });
    const pipeline = pipelineFor(targetFrom(values));
    expect(pipeline.jobs["docker-build"]?.tags).toEqual(tags);
    expect(pipeline.jobs.promote?.tags).toEqual(tags.map((tag) => `${tag}-plain`));
    expect(pipeline.variables.TRUST_LEVEL).toBe(level);
  });

  it("refs: protected starts no pipeline on other refs", () => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, { refs: "protected" });
    expect(pipelineFor(targetFrom(values)).workflow.rules).toEqual([
      { if: '$CI_COMMIT_REF_PROTECTED == "true" && $CI_PIPELINE_SOURCE != "merge_request_event"' },
    ]);
  });
});
