/** From the jobs that gitlab-ci-local finds in a file to who runs each, and after which others. */
import { parse } from "yaml";
import { z } from "zod";
import type { PipelineRunner } from "./runners.ts";
import { expand, type Variables } from "./variables.ts";

export type When = "on_success" | "on_failure" | "always" | "manual" | "never" | "delayed";

export interface PlannedJob {
  readonly name: string;
  readonly stage: string;
  readonly when: When;
  readonly allowFailure: boolean;
  /** Names of the jobs that end before this one starts. */
  readonly after: readonly string[];
  /** Whether {@link after} comes from `needs`, and not from the order of the stages. */
  readonly needed: boolean;
  readonly tags: readonly string[];
  /** The runner that takes it; none has all its tags where this is absent. */
  readonly runner?: PipelineRunner;
}

const listedJobs = z.array(
  z.object({
    name: z.string(),
    stage: z.string(),
    when: z.enum(["on_success", "on_failure", "always", "manual", "never", "delayed"]),
    allow_failure: z.union([z.boolean(), z.unknown()]),
    needs: z.array(z.object({ job: z.string() })).nullish(),
  }),
);

export type ListedJob = z.output<typeof listedJobs>[number];

const variableValues = z.record(z.string(), z.unknown()).nullish();

const expandedJob = z.looseObject({
  tags: z.array(z.string()).nullish(),
  variables: variableValues,
});

export type ExpandedJob = z.output<typeof expandedJob>;

const expandedFile = z.looseObject({ stages: z.array(z.string()), variables: variableValues });

export type ExpandedFile = z.output<typeof expandedFile>;

/** Reads what `gitlab-ci-local --list-json` prints. */
export function parseList(text: string): ListedJob[] {
  return listedJobs.parse(JSON.parse(text));
}

/** Reads the file in which gitlab-ci-local resolved includes, references, extends and workflow rules. */
export function parseExpanded(text: string): ExpandedFile {
  return expandedFile.parse(parse(text));
}

/** The job's entry in the file: cells of a matrix are named `job: [cell]`. */
function entryOf(file: ExpandedFile, name: string): ExpandedJob {
  const base = Object.hasOwn(file, name) ? name : name.replace(/: \[.*\]$/s, "");
  return expandedJob.parse(file[base] ?? {});
}

const texts = (values: Readonly<Record<string, unknown>> | null | undefined): Variables =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]));

/** Takes the first runner that has all of the job's tags and may run jobs of this ref. */
function runnerFor(
  tags: readonly string[],
  protectedRef: boolean,
  runners: readonly PipelineRunner[],
): PipelineRunner | undefined {
  return runners.find(
    (runner) => tags.every((tag) => runner.tags.includes(tag)) && (protectedRef || !runner.refProtected),
  );
}

export interface PlanInput {
  readonly listed: readonly ListedJob[];
  readonly file: ExpandedFile;
  /** Predefined variables and those of the project; they come before the file's own. */
  readonly variables: Variables;
  readonly protectedRef: boolean;
  readonly runners: readonly PipelineRunner[];
}

/** Decides for each job that the rules let in when it may start, and on which runner. */
export function planJobs({ listed, file, variables, protectedRef, runners }: PlanInput): PlannedJob[] {
  const active = listed.filter((job) => job.when !== "never");
  const position = (job: ListedJob) => file.stages.indexOf(job.stage);
  return active.map((job) => {
    const entry = entryOf(file, job.name);
    const known = { ...texts(file.variables), ...texts(entry.variables), ...variables };
    const tags = (entry.tags ?? []).map((tag) => expand(tag, known));
    const runner = runnerFor(tags, protectedRef, runners);
    const before = job.needs
      ? active.filter((other) => job.needs?.some((need) => isJobOrCell(other.name, need.job)))
      : active.filter((other) => position(other) < position(job));
    return {
      name: job.name,
      stage: job.stage,
      when: job.when,
      allowFailure: job.allow_failure === true,
      after: before.map((other) => other.name),
      needed: Array.isArray(job.needs),
      tags,
      ...(runner === undefined ? {} : { runner }),
    };
  });
}

const isJobOrCell = (name: string, job: string): boolean => name === job || name.startsWith(`${job}: [`);

export type JobStatus = "success" | "failed" | "skipped" | "manual" | "canceled" | "stuck";

/** What became of a job that another waits for. */
export interface Outcome {
  readonly status: JobStatus;
  readonly allowFailure: boolean;
}

/** Whether a job starts, now that the jobs before it have ended. */
export function starts(job: PlannedJob, before: readonly Outcome[]): boolean {
  const failed = before.some(({ status, allowFailure }) => status === "failed" && !allowFailure);
  // A manual job that nobody started holds up those that need it, and not those that merely come later.
  const missing = before.some(
    ({ status }) =>
      status === "skipped" ||
      status === "stuck" ||
      status === "canceled" ||
      (status === "manual" && job.needed),
  );
  switch (job.when) {
    case "always":
      return true;
    case "on_failure":
      return failed;
    case "never":
      return false;
    default:
      return !failed && !missing;
  }
}
