/** What jobs hand in, and what they hand on: https://docs.gitlab.com/ci/yaml/#artifacts */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import picomatch from "picomatch";
import { LabError } from "../errors.ts";
import type { Variables } from "./context.ts";
import type { Artifacts } from "./expanded.ts";
import type { ReportFile } from "./types.ts";
import { expand } from "./variables.ts";

/** gitlab-ci-local's name for a job's directory. */
export const directoryName = (job: string): string =>
  job.replaceAll(/[^\w-]+/g, (text) => Buffer.from(text).toString("base64url"));

const artifactsOf = (directory: string, job: string): string =>
  path.join(directory, "artifacts", directoryName(job));
const reportsOf = (directory: string, job: string): string =>
  path.join(directory, "reports", directoryName(job));

/** Kind of report and where its files are, a line for each pattern. */
export function reportPatterns(
  artifacts: Artifacts | null | undefined,
): { readonly kind: string; readonly pattern: string }[] {
  return Object.entries(artifacts?.reports ?? {}).flatMap(([kind, given]) => {
    const inner = typeof given === "object" && given !== null ? Reflect.get(given, "path") : undefined;
    const patterns = [inner ?? given].flat().filter((pattern) => typeof pattern === "string");
    return patterns.map((pattern) => ({ kind, pattern }));
  });
}

/** A directory stands for all that is in it. */
function matcher(patterns: readonly string[], variables: Variables): (file: string) => boolean {
  const plain = patterns.map((pattern) =>
    expand(pattern, variables)
      .replace(`${variables.CI_PROJECT_DIR}/`, "")
      .replace(/^(\.\/)+/, "")
      .replace(/\/+$/, ""),
  );
  return picomatch(
    plain.flatMap((pattern) => (pattern === "." || pattern === "" ? ["**"] : [pattern, `${pattern}/**`])),
    { dot: true },
  );
}

export interface HandedIn {
  readonly job: string;
  readonly artifacts: Artifacts;
  readonly succeeded: boolean;
  readonly variables: Variables;
  /** Where gitlab-ci-local put what the job left. */
  readonly from: string;
  /** The pipeline's directory. */
  readonly directory: string;
}

/** Keeps a job's artifacts if its outcome wants them, and its reports whatever its outcome is. */
export async function keepArtifacts({ job, artifacts, succeeded, variables, from, directory }: HandedIn) {
  if (!existsSync(from)) return;
  const wanted = artifacts.when === "always" || succeeded === (artifacts.when === "on_success");
  const isArtifact = matcher(artifacts.paths ?? [], variables);
  const kinds = reportPatterns(artifacts).map(({ kind, pattern }) => ({
    kind,
    matches: matcher([pattern], variables),
  }));
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const source = path.join(entry.parentPath, entry.name);
    const file = path.relative(from, source);
    const targets = kinds
      .filter(({ matches }) => matches(file))
      .map(({ kind }) => path.join(reportsOf(directory, job), kind, file));
    if (wanted && isArtifact(file)) targets.push(path.join(artifactsOf(directory, job), file));
    for (const target of targets) await cp(source, target, { verbatimSymlinks: true });
  }
}

/** Unpacks the jobs' artifacts into one directory, one job after the other. @returns whether there were any. */
export async function unpackArtifacts(
  directory: string,
  jobs: readonly string[],
  target: string,
): Promise<boolean> {
  let any = false;
  for (const job of jobs) {
    const source = artifactsOf(directory, job);
    if (!existsSync(source)) continue;
    await mkdir(target, { recursive: true });
    await cp(source, target, { recursive: true, force: true, verbatimSymlinks: true });
    any = true;
  }
  return any;
}

/** A file of a job's artifacts; undefined when there is none. */
export async function readArtifact(
  directory: string,
  job: string,
  file: string,
): Promise<string | undefined> {
  const found = path.join(artifactsOf(directory, job), file);
  return existsSync(found) ? readFile(found, "utf8") : undefined;
}

/** What a job handed in as this kind of report, sorted by path. */
export async function readReports(directory: string, job: string, kind: string): Promise<ReportFile[]> {
  const root = path.join(reportsOf(directory, job), kind);
  if (!existsSync(root)) return [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const reports = files.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return { path: path.relative(root, file), text: await readFile(file, "utf8") };
  });
  return (await Promise.all(reports)).sort((a, b) => a.path.localeCompare(b.path));
}

/** GitLab's limits: https://docs.gitlab.com/administration/instance_limits/#limit-dotenv-file-size */
const dotenvLimits = { bytes: 5 * 1024, variables: 20 };

/**
 * The variables that these jobs handed on.
 *
 * @throws LabError for a file that GitLab would refuse.
 */
export async function dotenvOf(directory: string, jobs: readonly string[]): Promise<Variables> {
  const values: Record<string, string> = {};
  for (const job of jobs) {
    for (const { path: file, text } of await readReports(directory, job, "dotenv")) {
      Object.assign(values, parseDotenv(text, `${file} of ${job}`));
    }
  }
  return values;
}

/** `NAME=VALUE` a line, nothing quoted: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv */
export function parseDotenv(text: string, what: string): Variables {
  const refuse = (reason: string) => new LabError(`GitLab would refuse the dotenv report ${what}: ${reason}`);
  if (Buffer.byteLength(text) > dotenvLimits.bytes) throw refuse("it is larger than 5 KB");
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const values: Record<string, string> = {};
  for (const line of lines) {
    const [, key = "", value = ""] = /^\s*([A-Za-z0-9_]+)\s*=(.*)$/.exec(line) ?? [];
    if (key === "") throw refuse(`"${line}" is no NAME=VALUE`);
    values[key] = value.trim();
  }
  if (Object.keys(values).length > dotenvLimits.variables) throw refuse("it has more than 20 variables");
  return values;
}
