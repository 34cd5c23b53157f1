/** Asks gitlab-ci-local what a file holds, and which of its rules match. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { LabError } from "../errors.ts";
import type { Variables } from "./context.ts";
import { type Cell, cellsOf, type ExpandedFile, parseExpanded } from "./expanded.ts";
import { gitlabCiLocal, stateDirectory } from "./gitlab-ci-local.ts";
import { findingsIn } from "./lint.ts";
import { type PlannedJob, planJobs } from "./plan.ts";
import { absentVariables } from "./predefined.ts";
import { type Circumstances, type MatchedRules, matchedRules, noRules, probesOf } from "./rules.ts";
import type { PipelineRunner } from "./runners.ts";

export interface PlanRequest extends Circumstances {
  readonly checkout: string;
  /** What the pipeline is of, for errors: `acme/shop on main`. */
  readonly title: string;
  readonly protectedRef: boolean;
  readonly runners: readonly PipelineRunner[];
}

/** A project could set options of gitlab-ci-local in these; GitLab reads none of them. */
export const foreignFiles = [".gitlab-ci-local-env", ".gitlab-ci-local.yml", ".gitlab-ci-local-ignores"];

/**
 * The pipeline's jobs; undefined when the workflow's rules want no pipeline.
 *
 * @throws LabError when the file is missing or invalid, or a job needs one that is not there.
 */
export async function readPlan(request: PlanRequest): Promise<readonly PlannedJob[] | undefined> {
  const [plan] = await planExpanded([request], await expand(request));
  return plan;
}

/** The file in one piece. It depends on the request's variables where they say what it includes, and nowhere else. */
export async function expand(request: PlanRequest): Promise<ExpandedFile> {
  const { checkout, predefined, given } = request;
  for (const name of foreignFiles) await rm(path.join(checkout, name), { force: true });
  await mkdir(path.join(checkout, stateDirectory), { recursive: true });
  await list([request], { file: ".gitlab-ci.yml", values: { ...predefined, ...given } });
  return parseExpanded(await readFile(path.join(checkout, stateDirectory, "expanded-gitlab-ci.yml"), "utf8"));
}

/** {@link readPlan} of a file that was read already, for several pipelines of one checkout. */
export async function planExpanded(
  requests: readonly PlanRequest[],
  file: ExpandedFile,
): Promise<(readonly PlannedJob[] | undefined)[]> {
  const cells = cellsOf(file);
  const matches = await match(requests, file, cells);
  return requests.map((request, index) => {
    const { predefined, given, protectedRef, runners } = request;
    const matched = matches[index] ?? noRules;
    if (!matched.wanted) return undefined;
    const jobs = planJobs({ file, cells, matched, predefined, given, protectedRef, runners });
    // GitLab creates no pipeline without a job.
    return jobs.length === 0 ? undefined : jobs;
  });
}

async function match(
  requests: readonly PlanRequest[],
  file: ExpandedFile,
  cells: readonly Cell[],
): Promise<MatchedRules[]> {
  const [first, ...others] = requests;
  if (first === undefined || (file.workflow === undefined && cells.every(({ job }) => !job.rules))) return [];
  const name = path.join(stateDirectory, "probes.yml");
  const probes = stringify(probesOf(file, cells, requests), { compat: "yaml-1.1" });
  await writeFile(path.join(first.checkout, name), probes, { mode: 0o600 });
  // GitLab's schema knows no exit codes in rules; the file itself was held against it.
  const text = await list([first, ...others], { file: name, values: {} }, ["--no-json-schema-validation"]);
  return matchedRules(file, cells, requests.length, text);
}

/** In the form in which gitlab-ci-local takes no value for a file's path. */
function variablesText(values: Variables): string {
  const entries = Object.entries(values).map(([key, value]) => [
    key,
    { type: "variable", values: { "*": value } },
  ]);
  return stringify(Object.fromEntries(entries), { compat: "yaml-1.1" });
}

/** @param what the file, and the values that it may name where it includes others; probes bring their own. */
async function list(
  requests: readonly [PlanRequest, ...PlanRequest[]],
  what: { readonly file: string; readonly values: Variables },
  more: readonly string[] = [],
): Promise<string> {
  const [{ checkout, title }] = requests;
  const variablesFile = path.join(checkout, stateDirectory, "plan-variables.yml");
  await writeFile(variablesFile, variablesText(what.values), { mode: 0o600 });
  const all = requests.map(({ predefined, given }) => ({ ...predefined, ...given }));
  const { exitCode, stdout, stderr } = await gitlabCiLocal({
    checkout,
    arguments: [
      ...["--variables-file", variablesFile, "--file", what.file, "--list-json"],
      // It would warn about each predefined variable that it is given.
      ...["--ignore-predefined-vars", [...new Set(all.flatMap(Object.keys))].join(",")],
      ...[...new Set(all.flatMap((values) => absentVariables(values)))].flatMap((name) => [
        "--unset-variable",
        name,
      ]),
      "--no-evaluate-rule-changes",
      ...more,
    ],
  });
  if (exitCode !== 0) {
    throw new LabError(`${title} has no valid pipeline:\n${findingsIn(stderr).join("\n")}`);
  }
  return stdout;
}
