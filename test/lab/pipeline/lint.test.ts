import { expect, test } from "vitest";
import { lintPipeline } from "../../../lab/pipeline/lint.ts";

const job = "build:\n  image: docker:28.3.3-cli\n  script: [docker version]\n";

test.concurrent("a valid pipeline has no findings", async () => {
  expect(await lintPipeline(job)).toEqual([]);
});

test.concurrent.each([
  ["a job without a script", "build:\n  image: docker:28.3.3-cli\n", "script"],
  ["a stage that is not there", `stages: [test]\n${job}  stage: promote\n`, "promote"],
  ["a need that is not there", `${job}  needs: [nothing]\n`, "nothing"],
  ["what GitLab's schema forbids", `${job}  retry: 9\n`, "retry"],
  ["no YAML", "build: [\n", "indentation"],
])("%s is found", async (_, yaml, named) => {
  const findings = await lintPipeline(yaml);
  expect(findings.join("\n")).toContain(named);
  expect(findings.join("\n")).not.toMatch(/^\s*at /m);
});
