import type { JobCredentials } from "../gitlab/index.ts";
import type { Repository } from "./checkout.ts";
import type { PipelineContext, ProjectVariable, RunVariable } from "./context.ts";
import type { PipelineHost, PipelineRunner } from "./runners.ts";
import type { JobStatus } from "./status.ts";

/** Somebody starts a manual job, and may give it variables at that moment. */
export interface ManualStart {
  /** Of the job; for all its cells where it has several. */
  readonly name: string;
  readonly variables?: readonly RunVariable[];
}

/** What GitLab is told of a job that starts. */
export interface StartingJob {
  readonly name: string;
  readonly stage: string;
  readonly sha: string;
  readonly environment?: string;
}

/** What a pipeline is run with, wherever its jobs run. */
interface CommonOptions {
  readonly repository: Repository;
  readonly context: PipelineContext;
  /** The ref's tip unless set. */
  readonly sha?: string;
  /** The project's. */
  readonly variables: readonly ProjectVariable[];
  /** The schedule's, or those that somebody filled in for this run: they come before the project's. */
  readonly runVariables?: readonly RunVariable[];
  /** Gives a job its number, its token and its ID tokens. */
  readonly startJob: (job: StartingJob) => JobCredentials;
  /** Manual jobs that somebody starts. */
  readonly manual?: readonly ManualStart[];
  /** Ends the pipeline as GitLab's "Cancel" does: running jobs are stopped, the rest never starts. */
  readonly signal?: AbortSignal;
  /** Told of each line that a job prints, secrets masked. */
  readonly onLine?: (job: string, line: string) => void;
}

/** Jobs run in containers, on the lab's host. */
export interface PipelineOptions extends CommonOptions {
  readonly host: PipelineHost;
  readonly runners: readonly PipelineRunner[];
}

/** Jobs run on this computer. */
export interface ShellPipelineOptions extends CommonOptions {
  /** What the runner's machine has in its environment: PATH above all. It comes before the job's variables. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface JobResult {
  /** As GitLab names it: `build: [3.12, slim]` for a cell of a matrix. */
  readonly name: string;
  readonly stage: string;
  readonly status: JobStatus;
  readonly seconds: number;
  /** What its script ended with; absent when it never started. */
  readonly exitCode?: number;
  /** The runner that took it. */
  readonly runner?: string;
  /** Secrets are masked in it; absent when the job never started. */
  readonly logPath?: string;
}

/** A file of `artifacts:reports`. */
export interface ReportFile {
  /** As the job wrote it, below the project's directory. */
  readonly path: string;
  readonly text: string;
}

export interface PipelineResult {
  /**
   * `skipped`: the workflow's rules want no pipeline for this ref, or none of its jobs ran. `manual`: it waits for
   * somebody to start a job that others wait for.
   */
  readonly status: "success" | "failed" | "canceled" | "skipped" | "manual";
  readonly sha: string;
  readonly jobs: readonly JobResult[];
  /** All jobs' logs, one after the other. */
  readonly log: string;
  readonly seconds: number;
  /** Holds the logs and artifacts until the next pipeline of the same number. */
  readonly directory: string;
  /** A file of a job's artifacts; undefined when there is none. */
  artifact(job: string, file: string): Promise<string | undefined>;
  /** What a job handed in as this kind of report: `junit`, `codequality`, `cyclonedx`, … */
  reports(job: string, kind: string): Promise<readonly ReportFile[]>;
}
