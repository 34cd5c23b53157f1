import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  dotenvOf,
  type HandedIn,
  keepArtifacts,
  parseDotenv,
  readArtifact,
  readReports,
  unpackArtifacts,
} from "../../../lab/pipeline/artifacts.ts";
import { cellsOf, parseExpanded } from "../../../lab/pipeline/expanded.ts";
import { jobFile } from "../../../lab/pipeline/job-file.ts";
import { planJobs } from "../../../lab/pipeline/plan.ts";
import { noRules } from "../../../lab/pipeline/rules.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "artifacts-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** A job leaves these files, and they are kept as its artifacts say. */
async function handIn(job: string, files: Record<string, string>, more: Partial<HandedIn> = {}) {
  const from = path.join(directory, `left-by-${job.replaceAll(/\W/g, "")}`);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(from, name)), { recursive: true });
    await writeFile(path.join(from, name), text);
  }
  const artifacts = { paths: ["out/", "./$NAME/*.txt"], when: "on_success" } as const;
  await keepArtifacts({
    ...{ job, succeeded: true, variables: { NAME: "dir", CI_PROJECT_DIR: "/builds/a/b" }, from, directory },
    artifacts: {
      ...artifacts,
      paths: [...artifacts.paths],
      reports: { junit: "out/*.xml", dotenv: ["a.env"] },
    },
    ...more,
  });
}

const left = {
  "out/x.xml": "<x/>",
  "out/.hidden/y": "y",
  "dir/a.txt": "a",
  "dir/b.md": "b",
  "a.env": "A=1\n",
};

describe("artifacts", () => {
  test("are what the paths name, and reports are kept beside them", async () => {
    await handIn("build: [1, x]", left);
    const artifact = (file: string) => readArtifact(directory, "build: [1, x]", file);
    expect(await artifact("out/.hidden/y")).toBe("y");
    expect(await artifact("dir/a.txt")).toBe("a");
    expect(await artifact("dir/b.md")).toBeUndefined();
    expect(await artifact("a.env")).toBeUndefined();
    expect(await readReports(directory, "build: [1, x]", "junit")).toEqual([
      { path: "out/x.xml", text: "<x/>" },
    ]);
    expect(await readReports(directory, "build: [1, x]", "sast")).toEqual([]);
  });

  test("of a failed job are kept where it says so, its reports in any case", async () => {
    const artifacts = { paths: ["dir"], reports: { junit: "out/*.xml" } };
    await handIn("plain", left, { succeeded: false });
    await handIn("failing", left, { succeeded: false, artifacts: { ...artifacts, when: "on_failure" } });
    await handIn("passing", left, { artifacts: { ...artifacts, when: "on_failure" } });
    const kept = ["plain", "failing", "passing"].map((job) => readArtifact(directory, job, "dir/a.txt"));
    expect(await Promise.all(kept)).toEqual([undefined, "a", undefined]);
    expect(await readReports(directory, "plain", "junit")).toHaveLength(1);
  });

  test("of several jobs are unpacked into one directory, the later over the earlier", async () => {
    await handIn("one", { "out/1": "1", "out/both": "one" });
    await handIn("two", { "out/2": "2", "out/both": "two" });
    const target = path.join(directory, "artifacts/three");
    expect(await unpackArtifacts(directory, ["one", "two", "none"], target)).toBe(true);
    const files = ["out/1", "out/2", "out/both"].map((file) => readArtifact(directory, "three", file));
    expect(await Promise.all(files)).toEqual(["1", "2", "two"]);
    expect(await unpackArtifacts(directory, ["none"], target)).toBe(false);
  });
});

describe("a dotenv report", () => {
  test("hands its variables on, quotes and all", async () => {
    await handIn("one", { "a.env": 'A=1\nB="x y" \n\n' });
    expect(await dotenvOf(directory, ["one", "none"])).toEqual({ A: "1", B: '"x y"' });
  });

  test.each([
    ["no line of that form", "A B\n", "no NAME=VALUE"],
    ["more than 5 KB", `A=${"x".repeat(5200)}\n`, "larger than 5 KB"],
    ["more than twenty", Array.from({ length: 21 }, (_, at) => `A${at}=1`).join("\n"), "more than 20"],
  ])("is refused for %s", (_, text, reason) => {
    expect(() => parseDotenv(text, "a.env")).toThrow(reason);
  });
});

test("the file of one job holds what a runner acts on, and nothing that is decided", () => {
  const file = parseExpanded(`
stages: [build, test]
scan:
  stage: test
  image: {name: "trivy:1"}
  script: [trivy]
  tags: [x]
  retry: 2
  rules: [{if: $A}]
  parallel: {matrix: [{V: ["1", "2"]}]}
  needs: [{job: build, optional: true}]
  id_tokens: {T: {aud: x}}
  artifacts: {paths: [out], exclude: [out/big], reports: {junit: j.xml, coverage_report: {coverage_format: cobertura, path: c.xml}}}
`);
  const cells = cellsOf(file);
  const input = { file, cells, matched: noRules, predefined: {}, given: {}, protectedRef: true, runners: [] };
  const [job] = planJobs(input);
  if (job === undefined) throw new Error("there is no job");
  expect(parse(jobFile(job, { A: "1" }, "docker:cli", true))).toEqual({
    stages: ["needs", "job"],
    "lab-needs": {
      ...{ stage: "needs", image: { name: "docker:cli" }, script: ["true"], artifacts: { paths: ["none"] } },
    },
    "scan: [1]": {
      stage: "job",
      image: { name: "trivy:1" },
      script: ["trivy"],
      variables: { A: "1" },
      needs: [{ job: "lab-needs", artifacts: true }],
      artifacts: { paths: ["out", "j.xml", "c.xml"], exclude: ["out/big"], when: "always" },
    },
  });
});
