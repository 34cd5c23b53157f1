/** Starts every job of a pipeline as soon as the jobs before it have ended. */
import { type JobStatus, type PlannedJob, starts } from "./plan.ts";
import type { PipelineRunner } from "./runners.ts";
import type { JobResult, PipelineResult } from "./types.ts";

export interface Schedule {
  readonly plan: readonly PlannedJob[];
  /** Names of manual jobs that somebody starts. */
  readonly manual: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly run: (job: PlannedJob, runner: PipelineRunner) => Promise<JobResult>;
}

/** @returns the jobs' results, in the plan's order. */
export async function runAll(schedule: Schedule): Promise<JobResult[]> {
  const results = new Map<string, Promise<JobResult>>();
  const resultOf = (job: PlannedJob): Promise<JobResult> => {
    const result = results.get(job.name) ?? startWhenReady(schedule, job, resultOf);
    results.set(job.name, result);
    return result;
  };
  return Promise.all(schedule.plan.map(resultOf));
}

async function startWhenReady(
  { plan, manual, signal, run }: Schedule,
  job: PlannedJob,
  resultOf: (job: PlannedJob) => Promise<JobResult>,
): Promise<JobResult> {
  const before = await Promise.all(
    plan
      .filter(({ name }) => job.after.includes(name))
      .map(async (earlier) => ({ ...(await resultOf(earlier)), allowFailure: earlier.allowFailure })),
  );
  const never = (status: JobStatus): JobResult => ({ name: job.name, stage: job.stage, status, seconds: 0 });
  if (signal?.aborted === true) return never("canceled");
  if (!starts(job, before)) return never("skipped");
  if (job.when === "manual" && !manual.includes(job.name)) return never("manual");
  // GitLab would leave it pending for ever.
  if (job.runner === undefined) return never("stuck");
  return run(job, job.runner);
}

/** What the pipeline's badge would say. */
export function overallStatus(
  plan: readonly PlannedJob[],
  jobs: readonly JobResult[],
  signal: AbortSignal | undefined,
): PipelineResult["status"] {
  if (signal?.aborted === true) return "canceled";
  const mayFail = new Set(plan.filter((job) => job.allowFailure).map((job) => job.name));
  const bad = jobs.some(
    ({ name, status }) => status === "stuck" || (status === "failed" && !mayFail.has(name)),
  );
  return bad ? "failed" : "success";
}
