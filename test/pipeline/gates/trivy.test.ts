/**
 * The decision about a scan, on recorded reports. A recorder stands for Trivy: it answers with the report that Trivy's
 * own filters (severity, exceptions) would leave, and with the exit code that it was asked for when any finding is left.
 */
import { describe, expect, it } from "vitest";
import { assignments, script } from "../../../pipeline/shell.ts";
import { inTemporaryDirectory } from "../support/recorder.ts";
import { type Finding, trivyReport } from "./trivy-report.ts";

const place = inTemporaryDirectory();
const DIGEST = `sha256:${"a".repeat(64)}`;

const TRIVY = `#!/bin/sh
printf '%s\\n' "$*" >> "$CI_PROJECT_DIR/calls.trivy"
env > "$CI_PROJECT_DIR/environment"
exit_code=0
output=
while [ "$#" -gt 0 ]; do
  case "$1" in
    --output) output="$2" ;;
    --exit-code) exit_code="$2" ;;
  esac
  shift
done
case "$output" in
  gate.json)
    cat "$CI_PROJECT_DIR/left.json" > gate.json
    if [ "$exit_code" != 0 ] && grep -q VulnerabilityID gate.json; then exit "$exit_code"; fi
    ;;
  trivy.txt) echo "a table" > trivy.txt ;;
  '') echo "a table" ;;
  *) echo "{}" > "$output" ;;
esac
`;

interface Scan {
  readonly candidate?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly environment?: Record<string, string>;
  readonly trivy?: string;
  /** Of the report that is decided on. */
  readonly text?: string;
}

function scan(left: readonly Finding[], options: Scan = {}) {
  const { candidate = "app", settings = {}, environment = {}, trivy = TRIVY } = options;
  place.program("trivy", trivy);
  place.write("candidates/docker-build.txt", `app ${DIGEST} built\nweb/3.12 ${DIGEST} built\n`);
  place.write("left.json", options.text ?? JSON.stringify(trivyReport(left), null, 2));
  const values = {
    SEVERITY: "HIGH,CRITICAL",
    IGNORE_UNFIXED: "true",
    IGNORE_FILE: ".trivyignore.yaml",
    ...settings,
  };
  const text = `${script("read-candidates")}${assignments(values)}set --\n${script("trivy-alone")}${script("trivy")}`;
  const run = place.run(text, {
    REGISTRY_IMAGE: "r.example.com/shop",
    CANDIDATE: candidate,
    CI_JOB_NAME: `trivy: [${candidate}]`,
    ...environment,
  });
  const trivyCalls = place.run("cat calls.trivy").stdout.trimEnd().split("\n");
  return { ...run, trivyCalls };
}

const fixable: Finding = { id: "CVE-2026-1001", severity: "CRITICAL", name: "libssl3", fixed: "3.5.4-1" };
const unfixed: Finding = { id: "CVE-2026-1002", severity: "HIGH", name: "zlib1g" };

describe("the review's scan", () => {
  /** Of what is deployed, which no build job of this pipeline names. */
  function review(candidate: string, found: readonly Finding[], trivy = TRIVY) {
    place.program(
      "trivy",
      trivy.replace('*) echo "{}" > "$output" ;;', '*) cat "$CI_PROJECT_DIR/left.json" > "$output" ;;'),
    );
    place.write("left.json", JSON.stringify(trivyReport(found), null, 2));
    const values = { SEVERITY: "HIGH,CRITICAL", IGNORE_UNFIXED: "true", IGNORE_FILE: ".trivyignore.yaml" };
    const text = `${assignments(values)}set --\n${script("trivy-alone")}${script("review-trivy")}`;
    const run = place.run(text, {
      REGISTRY_IMAGE: "r.example.com/shop",
      CANDIDATE: candidate,
      CI_JOB_NAME: `review-trivy: [${candidate}]`,
      CI_JOB_ID: "7",
    });
    return {
      ...run,
      counted: place.run("cat vulnerabilities/7.txt").stdout,
      calls: place.run("cat calls.trivy").stdout,
    };
  }

  it.each([
    ["app", "app:latest"],
    ["web/3.12", "web:3.12"],
  ])("counts what is found in the promoted %s, and passes", (candidate, image) => {
    const run = review(candidate, [fixable, unfixed]);
    expect(run).toMatchObject({ status: 0, counted: `${candidate} 2\n` });
    expect(run.calls).toContain(`--severity HIGH,CRITICAL --ignore-unfixed=true`);
    expect(run.calls).toContain(` r.example.com/shop/${image}\n`);
  });

  it("counts nothing as zero", () => {
    expect(review("app", [])).toMatchObject({ status: 0, counted: "app 0\n" });
  });

  it("counts nothing at all where Trivy fails", () => {
    expect(review("app", [], "#!/bin/sh\nexit 1\n")).toMatchObject({ status: 1, counted: "" });
  });
});

describe("the decision", () => {
  it("passes an image in which nothing is left", () => {
    expect(scan([])).toMatchObject({ status: 0, stderr: "" });
  });

  it("fails at what can be fixed, names it, and says what to do", () => {
    const run = scan([unfixed, fixable]);
    expect(run.status).toBe(10);
    expect(run.stdout).toContain("CRITICAL CVE-2026-1001 libssl3 1.0.0 is fixed in 3.5.4-1");
    expect(run.stdout).toContain("1 of 2 findings have no fix yet");
    expect(run.stderr).toMatch(/No tag moves\. Update .* exception with a date in \.trivyignore\.yaml/);
  });

  it("passes what has no fix, and counts it", () => {
    const run = scan([unfixed, { ...unfixed, id: "CVE-2026-1003" }]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toContain("2 of 2 findings have no fix yet");
  });

  it("fails at what has no fix where the stack says so", () => {
    expect(scan([unfixed], { settings: { IGNORE_UNFIXED: "false" } }).status).toBe(10);
  });

  it("fails at what Trivy calls fixed, though no version is named", () => {
    const run = scan([{ ...unfixed, status: "fixed" }]);
    expect(run.status).toBe(10);
    expect(run.stdout).toContain("is fixed in a later version");
  });

  it.each([
    ["one line", JSON.stringify(trivyReport([unfixed]))],
    ["another format", "VulnerabilityID: CVE-2026-1002\n"],
  ])("fails at a report in %s, which does not read like Trivy's", (_, text) => {
    expect(scan([], { text }).status).toBe(10);
  });

  it("fails where Trivy does, and not for a finding", () => {
    const run = scan([], { trivy: "#!/bin/sh\necho 'FATAL no database' >&2\nexit 1\n" });
    expect(run.status).toBe(1);
    expect(run.stderr).toBe("FATAL no database\n");
  });
});

describe("the scan", () => {
  it("is one, by digest, and everything else comes from its file", () => {
    const { trivyCalls } = scan([]);
    expect(trivyCalls.map((call) => call.split(" ")[0])).toEqual([
      "image",
      "convert",
      "convert",
      "convert",
      "convert",
    ]);
    expect(trivyCalls[0]).toMatch(new RegExp(` r\\.example\\.com/shop/app@${DIGEST}$`));
    expect(trivyCalls.slice(1).every((call) => call.endsWith("trivy.json"))).toBe(true);
  });

  it("hands severities and exceptions to Trivy, which knows their dates", () => {
    const { trivyCalls } = scan([]);
    expect(trivyCalls.at(-1)).toBe(
      `convert --severity HIGH,CRITICAL --ignorefile ${place.directory}/.trivyignore.yaml --exit-code 10 --format json --output gate.json ${place.directory}/trivy.json`,
    );
  });

  it("leaves its reports in the project's directory, whatever is decided", () => {
    expect(scan([fixable]).status).toBe(10);
    expect(place.run("ls").stdout.split("\n")).toEqual(
      expect.arrayContaining([
        "gl-container-scanning-report.json",
        "gl-sbom-trivy.cdx.json",
        "trivy.json",
        "trivy.txt",
      ]),
    );
  });

  it("finds the digest of a matrix's cell", () => {
    const { trivyCalls } = scan([], { candidate: "web/3.12" });
    expect(trivyCalls[0]).toMatch(new RegExp(` r\\.example\\.com/shop/web@${DIGEST}$`));
  });

  it("is told nothing by variables of the pipeline", () => {
    scan([], { environment: { TRIVY_SEVERITY: "UNKNOWN", TRIVY_SKIP_DIRS: "/", TRIVY_EXIT_CODE: "0" } });
    expect(place.run("cat environment").stdout).not.toContain("TRIVY_");
  });

  it("is of the candidate that the job is named after, and of no other", () => {
    const run = scan([], { environment: { CI_JOB_NAME: "trivy: [db-init]" } });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("trivy: [db-init] is not the job of app");
    expect(run.trivyCalls).toEqual([""]);
  });

  it("fails where no candidate was built", () => {
    const run = scan([], { candidate: "other" });
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain("no candidate of other");
  });
});
