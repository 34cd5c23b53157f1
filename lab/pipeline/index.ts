/** Runs a committed pipeline on the lab's host: GitLab's part by gitlab-ci-local, the runner's by its configuration. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dockerCli } from "../images/index.ts";
import { labDirectory } from "../paths.ts";
import { checkOut } from "./checkout.ts";
import { stateDirectory } from "./gitlab-ci-local.ts";
import { runJob } from "./job.ts";
import type { PlannedJob } from "./plan.ts";
import { readPlan } from "./read-plan.ts";
import { overallStatus, runAll } from "./schedule.ts";
import { sweep } from "./sweep.ts";
import type { JobResult, PipelineOptions, PipelineResult } from "./types.ts";
import { masker, type PreparedVariables, prepareVariables } from "./variables.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

export type { Repository } from "./checkout.ts";
export { lintPipeline } from "./lint.ts";
export type { JobStatus } from "./plan.ts";
export { type PipelineHost, type PipelineRunner, type RunnerRecord, runnersOf } from "./runners.ts";
export type { JobResult, PipelineOptions, PipelineResult } from "./types.ts";
export type { PipelineContext, ProjectVariable } from "./variables.ts";

/**
 * Runs a pipeline and waits until it ends. A failing job is a result, not an error. Pipelines with different numbers
 * may run at once.
 *
 * @throws LabError when the ref is not there, the file is invalid, or a runner's configuration is.
 */
export async function runPipeline(options: PipelineOptions): Promise<PipelineResult> {
  const started = performance.now();
  const { context, signal } = options;
  const directory = path.join(labDirectory, "pipelines", String(context.pipelineId));
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await using workplace = await openWorkplace();
  const { checkout } = workplace;
  const commit = await checkOut(options.repository, context, options.sha, checkout);
  const mark = `MASKED_${randomBytes(6).toString("hex")}`;
  const prepared = prepareVariables(context, commit, options.variables, mark);
  await workplace.writeVariables(prepared);
  const plan = await readPlan({ ...options, ...workplace, values: prepared.values });
  const jobs = await runJobs(options, plan ?? [], workplace, prepared, {
    directory,
    label: `dev.buildx-runners.lab.pipeline=${context.pipelineId}-${mark}`,
  });
  await keepArtifacts(checkout, directory);
  return {
    status: plan === undefined ? "skipped" : overallStatus(plan, jobs, signal),
    sha: commit.sha,
    jobs,
    log: await joinLogs(jobs),
    seconds: (performance.now() - started) / 1000,
    directory,
    artifact: (job, file) => readArtifact(directory, job, file),
  };
}

async function runJobs(
  options: PipelineOptions,
  plan: readonly PlannedJob[],
  workplace: Workplace,
  prepared: PreparedVariables,
  place: { readonly directory: string; readonly label: string },
): Promise<JobResult[]> {
  if (plan.length === 0) return [];
  const { host, runners, context, signal, onLine, manual = [] } = options;
  const account = await workplace.ownByManager(host);
  const docker = await dockerCli();
  const shared = {
    ...{ ...place, context, workplace, host, account, docker, values: prepared.values },
    mask: masker(prepared.secrets.values()),
    ...(signal === undefined ? {} : { signal }),
    ...(onLine === undefined ? {} : { onLine }),
  };
  try {
    return await runAll({ plan, manual, signal, run: (job, runner) => runJob({ ...shared, job, runner }) });
  } finally {
    // What was under way when it was stopped comes to light a moment later.
    if (signal?.aborted === true) await sleep(500);
    await sweep(host, runners, docker, place.label);
  }
}

/** gitlab-ci-local's own logs are not masked: of all its state, only the artifacts outlive the pipeline. */
async function keepArtifacts(checkout: string, directory: string): Promise<void> {
  const artifacts = path.join(checkout, stateDirectory, "artifacts");
  if (existsSync(artifacts)) await cp(artifacts, path.join(directory, "artifacts"), { recursive: true });
}

async function joinLogs(jobs: readonly JobResult[]): Promise<string> {
  const texts = await Promise.all(
    jobs.map(({ logPath }) => (logPath === undefined ? "" : readFile(logPath, "utf8"))),
  );
  return texts.join("");
}

async function readArtifact(directory: string, job: string, file: string): Promise<string | undefined> {
  // gitlab-ci-local's name for a job's directory.
  const name = job.replaceAll(/[^\w-]+/g, (text) => Buffer.from(text).toString("base64url"));
  const found = path.join(directory, "artifacts", name, file);
  return existsSync(found) ? readFile(found, "utf8") : undefined;
}
