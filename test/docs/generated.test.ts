/** What is generated of the documentation is current. */
import { beforeAll, describe, expect, it } from "vitest";
import { inputSchema } from "../../config/json-schema.ts";
import { referenceTables, tableOfKeys } from "../../config/reference.ts";
import { generatedPages } from "../../docs/generate/cli.ts";
import { entriesOf, type SampleJobs, sampleJobs } from "../../docs/generate/jobs.ts";
import { withPart } from "../../docs/generate/page.ts";
import type { FixedJobName } from "../../pipeline/model.ts";

let sample: SampleJobs;
beforeAll(async () => {
  sample = await sampleJobs();
});

describe("pages with generated parts", () => {
  it("are current: npm run docs writes them", () => {
    const generated = generatedPages(sample);
    expect(generated.map(({ name }) => name)).toEqual([
      "docs/configuration.md",
      "docs/merge-requests.md",
      "docs/pipeline.md",
      "docs/jobs.md",
    ]);
    for (const { name, present, current } of generated) expect(present, name).toBe(current);
  });

  it("say which lines are missing where they have no place for it", () => {
    expect(() => withPart("# Page\n", "docs/page.md", "table", "x")).toThrow(
      /docs\/page\.md has no lines '<!-- begin of the generated table/,
    );
  });
});

describe("the tables of keys", () => {
  const keysIn = (text: string) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key);

  it("have every key once, under the heading of what it is part of", () => {
    const chapters = referenceTables();
    expect(keysIn(chapters).sort()).toEqual(keysIn(tableOfKeys(inputSchema())).sort());
    const hosts = chapters.split("\n## ").find((chapter) => chapter.startsWith("Hosts over SSH")) ?? "";
    expect(keysIn(hosts)).toContain("fleets[].hosts[].hostKey");
    expect(keysIn(hosts).every((key) => key?.startsWith("fleets[].hosts[]"))).toBe(true);
  });
});

describe("the sample of all jobs", () => {
  it("has every job whose name depends on no image, and one of every kind that does", () => {
    // A Record, so that a job that is added to the model is asked for here.
    const kinds: Record<FixedJobName, true> = {
      ...{ hadolint: true, gitleaks: true, commitlint: true, test: true, "docker-build": true, trivy: true },
      ...{ attestations: true, sign: true, promote: true, release: true, rollback: true },
      ...{ "rollback-tags": true, backup: true, restore: true, review: true, "review-trivy": true },
    };
    const ofImages = ["build-python", "build-and-push-python", "validate-report", "trivy-python"];
    expect(Object.keys(sample.pipeline.jobs).sort()).toEqual([...Object.keys(kinds), ...ofImages].sort());
  });

  it("starts each of them on some occasion", () => {
    const started = new Set(
      Object.values(sample.plans)
        .flat()
        .map(({ name }) => name.replace(/: \[.*\]$/, "")),
    );
    expect(Object.keys(sample.pipeline.jobs).filter((name) => !started.has(name))).toEqual([]);
  });

  it("has all of the file's text, by entry", () => {
    const { pipeline, yaml } = sample;
    const names = [
      "stages",
      "workflow",
      "variables",
      ...Object.keys({ ...pipeline.hidden, ...pipeline.jobs }),
    ];
    expect([...yaml.keys()]).toEqual(names);
    expect(entriesOf("# Head.\n\na:\n  b: |\n    c\n\n    d: e\n\n# Says why.\nf: 2\n")).toEqual(
      new Map([
        ["a", "a:\n  b: |\n    c\n\n    d: e"],
        ["f", "# Says why.\nf: 2"],
      ]),
    );
  });
});
