/** Asks gitlab-ci-local what a file holds, and which of its rules match. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { LabError } from "../errors.ts";
import type { Variables } from "./context.ts";
import { cellsOf, type ExpandedFile, parseExpanded } from "./expanded.ts";
import { gitlabCiLocal, stateDirectory } from "./gitlab-ci-local.ts";
import { findingsIn } from "./lint.ts";
import { type PlannedJob, planJobs } from "./plan.ts";
import { absentVariables } from "./predefined.ts";
import { type ChangedFiles, type MatchedRules, matchedRules, noRules, probesOf } from "./rules.ts";
import type { PipelineRunner } from "./runners.ts";

export interface PlanRequest {
  readonly checkout: string;
  /** What the pipeline is of, for errors: `acme/shop on main`. */
  readonly title: string;
  readonly predefined: Variables;
  /** Of the project and the run. */
  readonly given: Variables;
  readonly protectedRef: boolean;
  readonly runners: readonly PipelineRunner[];
  readonly changed: ChangedFiles;
}

/** A project could set options of gitlab-ci-local in these; GitLab reads none of them. */
export const foreignFiles = [".gitlab-ci-local-env", ".gitlab-ci-local.yml", ".gitlab-ci-local-ignores"];

/**
 * The pipeline's jobs; undefined when the workflow's rules want no pipeline.
 *
 * @throws LabError when the file is missing or invalid, or a job needs one that is not there.
 */
export async function readPlan(request: PlanRequest): Promise<readonly PlannedJob[] | undefined> {
  return planExpanded(request, await expand(request));
}

/** The file in one piece. It depends on the request's variables where they say what it includes, and nowhere else. */
export async function expand(request: PlanRequest): Promise<ExpandedFile> {
  const { checkout } = request;
  for (const name of foreignFiles) await rm(path.join(checkout, name), { force: true });
  await mkdir(path.join(checkout, stateDirectory), { recursive: true });
  await list(request, ".gitlab-ci.yml", []);
  return parseExpanded(await readFile(path.join(checkout, stateDirectory, "expanded-gitlab-ci.yml"), "utf8"));
}

/** {@link readPlan} of a file that was read already. */
export async function planExpanded(
  request: PlanRequest,
  file: ExpandedFile,
): Promise<readonly PlannedJob[] | undefined> {
  const { predefined, given, protectedRef, runners } = request;
  const cells = cellsOf(file);
  const matched = await match(request, file);
  if (!matched.wanted) return undefined;
  const jobs = planJobs({ file, cells, matched, predefined, given, protectedRef, runners });
  // GitLab creates no pipeline without a job.
  return jobs.length === 0 ? undefined : jobs;
}

async function match(request: PlanRequest, file: ExpandedFile): Promise<MatchedRules> {
  const cells = cellsOf(file);
  if (file.workflow === undefined && cells.every(({ job }) => !job.rules)) return noRules;
  const name = path.join(stateDirectory, "probes.yml");
  const probes = probesOf(file, cells, request.predefined, request.changed);
  await writeFile(path.join(request.checkout, name), stringify(probes), { mode: 0o600 });
  // GitLab's schema knows no exit codes in rules; the file itself was held against it.
  const text = await list(request, name, ["--no-json-schema-validation"]);
  return matchedRules(file, cells, text);
}

/** In the form in which gitlab-ci-local takes no value for a file's path. */
function variablesText(values: Variables): string {
  const entries = Object.entries(values).map(([key, value]) => [
    key,
    { type: "variable", values: { "*": value } },
  ]);
  return stringify(Object.fromEntries(entries), { compat: "yaml-1.1" });
}

async function list(request: PlanRequest, file: string, more: readonly string[]): Promise<string> {
  const { checkout, predefined, given } = request;
  const variablesFile = path.join(checkout, stateDirectory, "plan-variables.yml");
  // The file itself may name predefined variables where it includes others; probes bring their own.
  const values = more.length === 0 ? { ...predefined, ...given } : given;
  await writeFile(variablesFile, variablesText(values), { mode: 0o600 });
  const { exitCode, stdout, stderr } = await gitlabCiLocal({
    checkout,
    arguments: [
      ...["--variables-file", variablesFile, "--file", file, "--list-json"],
      // It would warn about each predefined variable that it is given.
      ...["--ignore-predefined-vars", Object.keys({ ...predefined, ...given }).join(",")],
      ...absentVariables({ ...predefined, ...given }).flatMap((name) => ["--unset-variable", name]),
      "--no-evaluate-rule-changes",
      ...more,
    ],
  });
  if (exitCode !== 0) {
    throw new LabError(`${request.title} has no valid pipeline:\n${findingsIn(stderr).join("\n")}`);
  }
  return stdout;
}
