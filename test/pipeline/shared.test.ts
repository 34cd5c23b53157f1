/** What stands in the file once, and what a job's shell is told once. */
import { describe, expect, it } from "vitest";
import type { Job, Pipeline, Step } from "../../pipeline/model.ts";
import { factorOut, tidySettings } from "../../pipeline/shared.ts";

const LIBRARY: Step = { comment: "Greet", run: "set -eu\ngreet() { echo hello; }\n" };
const shared = [{ name: ".greet", comment: "A greeting.", step: LIBRARY }] as const;

const job = (parts: Partial<Job>): Job => ({
  comment: "A job.",
  stage: "build",
  image: "x:1",
  script: [{ run: "true" }],
  ...parts,
});

const pipeline = (jobs: Record<string, Job>, hidden: Pipeline["hidden"] = {}): Pipeline => ({
  header: [],
  stages: ["build"],
  workflow: { rules: [{ if: "$CI_COMMIT_BRANCH" }] },
  variables: {},
  projectVariables: [],
  hidden,
  jobs,
});

const REFERENCE = { reference: [".greet", "before_script"] };

describe("a step that several jobs have", () => {
  it("moves into a hidden job", () => {
    const both = pipeline({ a: job({ script: [LIBRARY] }), b: job({ before_script: [LIBRARY] }) });
    const result = factorOut(both, shared);
    expect(result.hidden).toEqual({
      ".greet": { comment: "A greeting.", before_script: [{ run: "set -eu\ngreet() { echo hello; }\n" }] },
    });
    expect(result.jobs.a?.script).toEqual([REFERENCE]);
    expect(result.jobs.b?.before_script).toEqual([REFERENCE]);
  });

  it("stays where only one job has it", () => {
    const one = pipeline({ a: job({ script: [LIBRARY] }), b: job({}) });
    expect(factorOut(one, shared)).toEqual(one);
  });
});

describe("the settings of a job's shell", () => {
  const strict = (text: string): Step => ({ run: `set -eu\n${text}\n` });
  const runs = (steps: readonly Step[] | undefined) =>
    steps?.map((step) => ("run" in step ? step.run : step.reference));

  it("are made in its first step", () => {
    const result = tidySettings(pipeline({ a: job({ script: [strict("one"), strict("two")] }) }));
    expect(runs(result.jobs.a?.script)).toEqual(["set -eu\none\n", "two\n"]);
  });

  it("are those of the before_script that it inherits", () => {
    const hidden = { ".base": { comment: "Shared.", before_script: [strict("log in")] } };
    const result = tidySettings(
      pipeline({ a: job({ extends: [".base"], script: [strict("one")] }) }, hidden),
    );
    expect(runs(result.hidden[".base"]?.before_script)).toEqual(["set -eu\nlog in\n"]);
    expect(runs(result.jobs.a?.script)).toEqual(["one\n"]);
  });

  it("are not those of a before_script that it replaces", () => {
    const hidden = { ".base": { comment: "Shared.", before_script: [strict("log in")] } };
    const own = job({ extends: [".base"], before_script: [{ run: "true" }], script: [strict("one")] });
    expect(runs(tidySettings(pipeline({ a: own }, hidden)).jobs.a?.script)).toEqual(["set -eu\none\n"]);
  });

  it("come with what it refers to", () => {
    const hidden = { ".greet": { comment: "A greeting.", before_script: [LIBRARY] } };
    const steps: Job["script"] = [{ reference: [".greet", "before_script"] }, strict("one")];
    expect(runs(tidySettings(pipeline({ a: job({ script: steps }) }, hidden)).jobs.a?.script)).toEqual([
      [".greet", "before_script"],
      "one\n",
    ]);
  });

  it("are made anew for the after_script, and left alone in what a user wrote", () => {
    const own: Step = { run: "set -eu\nmake\n", own: true };
    const both = job({ script: [strict("one"), own], after_script: [strict("two")] });
    const result = tidySettings(pipeline({ a: both })).jobs.a;
    expect(runs(result?.after_script)).toEqual(["set -eu\ntwo\n"]);
    expect(runs(result?.script)).toEqual(["set -eu\none\n", "set -eu\nmake\n"]);
  });
});
