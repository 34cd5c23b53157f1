/** Holds a pipeline against GitLab's JSON schema and the rules that gitlab-ci-local checks beside it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gitlabCiLocal } from "./gitlab-ci-local.ts";

/**
 * Checks the text of a .gitlab-ci.yml. Needs neither root nor Docker; takes about a second.
 *
 * @returns what is wrong with it, a line for each finding; empty for a valid file.
 */
export async function lintPipeline(yaml: string): Promise<string[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "buildx-lab-lint-"));
  const checkout = path.join(directory, "checkout");
  try {
    await mkdir(checkout);
    await writeFile(path.join(checkout, ".gitlab-ci.yml"), yaml);
    const { exitCode, stdout, stderr } = await gitlabCiLocal({ checkout, arguments: ["--list-json"] });
    if (exitCode === 0) return [];
    const findings = findingsIn(`${stderr}\n${stdout}`);
    return findings.length > 0 ? findings : [`gitlab-ci-local ended with ${exitCode}`];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What gitlab-ci-local has against a file, of all that it says. */
export function findingsIn(said: string): string[] {
  const lines = said.split("\n").map((line) => line.trimEnd());
  return lines.filter((line) => line.trim() !== "" && !isNoise(line));
}

/** Whether gitlab-ci-local says this of itself. It tells of the Git repository that is not there, and of its own progress. */
export function isNoise(line: string): boolean {
  return /^(Using fallback git|\s*Command failed|\s*fatal: |\s*git |Unable to retrieve default|parsing and downloads|json schema validated|\s+at .*\))/.test(
    line,
  );
}
