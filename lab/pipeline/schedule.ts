/** Starts every job of a pipeline as soon as the jobs before it have ended. */
import type { AllowFailure, PlannedJob } from "./plan.ts";
import type { PipelineRunner } from "./runners.ts";
import { combine, type JobStatus, type Outcome, startOf } from "./status.ts";
import type { JobResult, ManualStart, PipelineResult } from "./types.ts";

export interface Schedule {
  readonly plan: readonly PlannedJob[];
  /** Manual jobs that somebody starts. */
  readonly manual: readonly ManualStart[];
  readonly signal: AbortSignal | undefined;
  readonly run: (job: PlannedJob, runner: PipelineRunner, started?: ManualStart) => Promise<JobResult>;
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
      .map(async (earlier) => outcomeOf(earlier.allowFailure, await resultOf(earlier))),
  );
  const never = (status: JobStatus): JobResult => ({ name: job.name, stage: job.stage, status, seconds: 0 });
  if (signal?.aborted === true) return never("canceled");
  const decision = startOf(job, before);
  if (decision !== "start") return never(decision);
  const started = manual.find(({ name }) => name === job.name || name === job.cell.base);
  if (job.when === "manual" && started === undefined) return never("manual");
  // GitLab would leave it pending for ever.
  if (job.runner === undefined) return never("stuck");
  return run(job, job.runner, job.when === "manual" ? started : undefined);
}

function outcomeOf(allow: AllowFailure, { status, exitCode }: JobResult): Outcome {
  const allowFailure =
    typeof allow === "boolean" ? allow : exitCode !== undefined && allow.includes(exitCode);
  return { status, allowFailure };
}

/** What the pipeline's badge would say; one that waits for a runner for ever has failed. */
export function overallStatus(
  plan: readonly PlannedJob[],
  jobs: readonly JobResult[],
  signal: AbortSignal | undefined,
): PipelineResult["status"] {
  if (signal?.aborted === true) return "canceled";
  const allowed = new Map(plan.map(({ name, allowFailure }) => [name, allowFailure]));
  const combined = combine(
    jobs.map((job) => outcomeOf(allowed.get(job.name) ?? false, job)),
    false,
  );
  return combined === "pending" ? "failed" : combined;
}
