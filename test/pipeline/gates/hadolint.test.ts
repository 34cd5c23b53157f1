/** What hadolint is asked, with a recorder in its place; the real one reads Dockerfiles in test/e2e/gates.test.ts. */
import { describe, expect, it } from "vitest";
import { script } from "../../../pipeline/shell.ts";
import { inTemporaryDirectory } from "../support/recorder.ts";

const place = inTemporaryDirectory();

/** Finds something in every file but for people says it in another format than for GitLab. */
const recorder = (status: number): string => `#!/bin/sh
printf '%s\\n' "$*" >> calls.hadolint
env > environment
case "$*" in
  *gitlab_codeclimate*) echo '[{"check_name":"DL3020"}]' ;;
  *) echo "Dockerfile:3 DL3020 error" ;;
esac
exit ${status}
`;

const lint = (status: number) => {
  place.program("hadolint", recorder(status));
  const run = place.run(
    `set -- --failure-threshold error -- Dockerfile db/Dockerfile\n${script("hadolint")}`,
    {
      HADOLINT_NOFAIL: "1",
      HADOLINT_FAILURE_THRESHOLD: "none",
      HADOLINT_IGNORE: "DL3020",
    },
  );
  return { ...run, report: place.run("cat gl-code-quality-report.json").stdout };
};

describe("hadolint", () => {
  it.each([0, 1])("leaves the report and ends with %i, as hadolint does", (status) => {
    const run = lint(status);
    expect(run).toMatchObject({ status, report: '[{"check_name":"DL3020"}]\n' });
    expect(run.stdout).toContain("Dockerfile:3 DL3020 error");
  });

  it("asks for the same in both formats", () => {
    lint(0);
    expect(place.run("cat calls.hadolint").stdout).toBe(
      "--no-color --failure-threshold error -- Dockerfile db/Dockerfile\n" +
        "--format gitlab_codeclimate --failure-threshold error -- Dockerfile db/Dockerfile\n",
    );
  });

  it("is told nothing by variables of the pipeline", () => {
    lint(0);
    expect(place.run("cat environment").stdout).not.toContain("HADOLINT_");
  });
});
