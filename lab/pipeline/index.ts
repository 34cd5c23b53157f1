/** Runs a committed pipeline on the lab's host: GitLab's part by gitlab-ci-local, the runner's by its configuration. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dockerCli } from "../images/index.ts";
import { labDirectory } from "../paths.ts";
import { readArtifact, readReports } from "./artifacts.ts";
import { changedFilesOf, checkOutWhole, fetchSource, type Source } from "./checkout.ts";
import { refPath } from "./context.ts";
import { runJob } from "./job.ts";
import type { PlannedJob } from "./plan.ts";
import { predefinedVariables } from "./predefined.ts";
import { readPlan } from "./read-plan.ts";
import type { PipelineRunner } from "./runners.ts";
import { overallStatus, runAll } from "./schedule.ts";
import { runShellJob, SHELL_RUNNER } from "./shell-executor.ts";
import { sweep } from "./sweep.ts";
import type { JobResult, PipelineOptions, PipelineResult, ShellPipelineOptions } from "./types.ts";
import { literals, projectValues, runValues, Secrets } from "./variables.ts";
import { managerOf, openWorkplace, type Workplace } from "./workplace.ts";

export type { Repository } from "./checkout.ts";
export type { ContextMergeRequest, PipelineContext, ProjectVariable, RunVariable } from "./context.ts";
export { type DryJob, type DryRun, type Occasion, planPipeline, planPipelines } from "./dry-run.ts";
export { lintPipeline } from "./lint.ts";
export { type PipelineHost, type PipelineRunner, type RunnerRecord, runnersOf } from "./runners.ts";
export type { JobStatus } from "./status.ts";
export type {
  JobResult,
  ManualStart,
  PipelineOptions,
  PipelineResult,
  ReportFile,
  ShellPipelineOptions,
  StartingJob,
} from "./types.ts";

/** What a pipeline's jobs have in common while it runs. */
interface Place {
  readonly workplace: Workplace;
  readonly source: Source;
  readonly directory: string;
  /** Text that occurs in no value. */
  readonly mark: string;
}

/**
 * Runs a pipeline and waits until it ends. A failing job is a result, not an error. Pipelines with different numbers
 * may run at once.
 *
 * @throws LabError when the ref is not there, the file is invalid, or a runner's configuration is.
 */
export const runPipeline = (options: PipelineOptions): Promise<PipelineResult> =>
  execute(options, options.runners, (plan, place) => runJobs(options, plan, place));

/** {@link runPipeline} with the shell executor: its jobs run on this computer. */
export const runShellPipeline = (options: ShellPipelineOptions): Promise<PipelineResult> =>
  execute(options, [SHELL_RUNNER], (plan, place) => runShellJobs(options, plan, place));

async function execute(
  options: PipelineOptions | ShellPipelineOptions,
  runners: readonly PipelineRunner[],
  runPlan: (plan: readonly PlannedJob[], place: Place) => Promise<JobResult[]>,
): Promise<PipelineResult> {
  const started = performance.now();
  const { context, signal } = options;
  const directory = path.join(labDirectory, "pipelines", String(context.pipelineId));
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await using workplace = await openWorkplace();
  const source = await fetchSource(options.repository, context, options.sha, workplace.source);
  const mark = `MASKED_${randomBytes(6).toString("hex")}`;
  const plan = await planOf(options, runners, source, workplace, mark);
  const jobs =
    plan === undefined || plan.length === 0
      ? []
      : await runPlan(plan, { workplace, source, directory, mark });
  return {
    status: plan === undefined ? "skipped" : overallStatus(plan, jobs, signal),
    sha: source.commit.sha,
    jobs,
    log: await joinLogs(jobs),
    seconds: (performance.now() - started) / 1000,
    directory,
    artifact: (job, file) => readArtifact(directory, job, file),
    reports: (job, kind) => readReports(directory, job, kind),
  };
}

async function planOf(
  options: PipelineOptions | ShellPipelineOptions,
  runners: readonly PipelineRunner[],
  source: Source,
  workplace: Workplace,
  mark: string,
): Promise<readonly PlannedJob[] | undefined> {
  const { context } = options;
  const secrets = new Secrets(mark);
  const projectPath = context.project.path;
  const protectedRef = context.ref.protected;
  const project = projectValues(options.variables, { protectedRef, projectPath }, secrets);
  const run = runValues(options.runVariables ?? [], projectPath);
  await checkOutWhole(source, workplace.plan);
  return readPlan({
    checkout: workplace.plan,
    title: `${projectPath} on ${refPath(context)}`,
    predefined: literals(predefinedVariables(context, source.commit)),
    given: { ...project.values, ...run.values },
    ...{ protectedRef, runners },
    changed: changedFilesOf(source, context),
  });
}

async function runJobs(
  options: PipelineOptions,
  plan: readonly PlannedJob[],
  place: Place,
): Promise<JobResult[]> {
  const { host, runners, signal, manual = [] } = options;
  const account = await managerOf(host);
  const docker = await dockerCli();
  const label = `dev.buildx-runners.lab.pipeline=${options.context.pipelineId}-${place.mark}`;
  const shared = { ...place, options, account, docker, label };
  try {
    return await runAll({
      ...{ plan, manual, signal },
      run: (job, runner, started) => runJob({ ...shared, job, runner, started }),
    });
  } finally {
    // What was under way when it was stopped comes to light a moment later.
    if (signal?.aborted === true) await sleep(500);
    await sweep(host, runners, docker, label);
  }
}

async function runShellJobs(
  options: ShellPipelineOptions,
  plan: readonly PlannedJob[],
  { workplace, source, directory, mark }: Place,
): Promise<JobResult[]> {
  const { signal, manual = [] } = options;
  return runAll({
    ...{ plan, manual, signal },
    run: async (job, _, started) => {
      const place = path.dirname((await workplace.openJob()).checkout);
      return runShellJob({ options, source, directory, mark, job, started, place });
    },
  });
}

async function joinLogs(jobs: readonly JobResult[]): Promise<string> {
  const texts = await Promise.all(
    jobs.map(({ logPath }) => (logPath === undefined ? "" : readFile(logPath, "utf8"))),
  );
  return texts.join("");
}
