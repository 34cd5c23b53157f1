/** The command line: its options and exit codes. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../command-line.ts";
import { onlyOf } from "../../doctor/examine.ts";
import type { Report } from "../../doctor/report.ts";

const PROGRAM = fileURLToPath(new URL("../../doctor/cli.ts", import.meta.url));

const STACK = `config:
  gitlab:token: glpat-in-plain-text-0123
  gitlab:baseUrl: https://127.0.0.1:1/api/v4/
  buildx-runners:fleets:
    - name: linux
      scope: { project: acme/shop }
      tags: [buildx]
      gitlabRunner: none
      gcp: { region: europe-west1 }
  buildx-runners:projects: []
`;

/** A pulumi that opens no stack, on any computer. */
const PULUMI = `#!/bin/sh
case "$1" in
  version) echo v3.270.0 ;;
  *) echo "error: no stack, for token glpat-in-plain-text-0123" >&2 && exit 255 ;;
esac
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-runners-doctor-"));
  writeFileSync(join(directory, "Pulumi.dev.yaml"), STACK);
  writeFileSync(join(directory, "Pulumi.odd.yaml"), "config: [");
  mkdirSync(join(directory, "bin"));
  writeFileSync(join(directory, "bin/pulumi"), PULUMI, { mode: 0o755 });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((done) => {
    const { GITLAB_TOKEN: _, ...environment } = process.env;
    const env = { ...environment, PATH: [join(directory, "bin"), environment.PATH].join(delimiter) };
    const child = execFile(
      process.execPath,
      [PROGRAM, ...argv],
      { cwd: directory, env },
      (_, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });

describe("npm run doctor", () => {
  it("ends with 1 where a check failed, and prints JSON without a secret", async () => {
    const { code, stdout, stderr } = await run("--stack", "dev", "--json");
    expect([code, stderr]).toEqual([1, ""]);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ version: 1, stack: "dev", ok: false });
    expect(report.checks).toHaveLength(Object.values(report.counts).reduce((sum, count) => sum + count));
    const failed = report.checks.flatMap(({ id, status }) => (status === "failed" ? [id] : []));
    expect(failed).toEqual(["stack.secrets", "gitlab.reachable", "cloud.project"]);
    expect(report.checks.find(({ id }) => id === "stack.secrets")?.remedy).toContain(
      "npm run pulumi -- config set --secret 'gitlab:token' --stack dev",
    );
    expect(stdout).not.toContain("glpat-in-plain-text-0123");
  });

  it("ends with 1 for a file that is not YAML", async () => {
    const { code, stdout } = await run("--stack", "odd");
    expect(code).toBe(1);
    expect(stdout).toContain("it is not YAML");
  });

  it("limits the checks with --only, and names the forms that it takes", async () => {
    const { code, stdout } = await run("--stack", "dev", "--only", "fleet", "linux", "--json");
    const { checks } = JSON.parse(stdout) as Report;
    expect(code).toBe(1);
    expect(new Set(checks.map(({ subject }) => subject))).toEqual(new Set(["GitLab", "fleet linux"]));
    const forms = "--only accepts one of: gitlab | host ADDRESS | project PATH | fleet NAME";
    for (const words of [
      ["gitlab", "x"],
      ["machine", "x"],
      ["host", "a", "b"],
    ])
      expect(() => onlyOf(words)).toThrow(new UsageError(forms));
    const wrong = await run("--stack", "dev", "--only", "host");
    expect([wrong.code, wrong.stderr.trim()]).toEqual([2, forms]);
  });

  it("ends with 2 and one sentence for a wrong call", async () => {
    const results = await Promise.all([run(), run("--stack", "nowhere"), run("--stack", "dev", "--jsn")]);
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(results.map(({ stderr }) => stderr.trim().split("\n")[0])).toEqual([
      "error: required option '--stack <name>' not specified",
      expect.stringContaining("there is no Pulumi.nowhere.yaml in "),
      "error: unknown option '--jsn'",
    ]);
    expect((await run("--help")).code).toBe(0);
  });
});
