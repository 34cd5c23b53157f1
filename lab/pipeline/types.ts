/** What goes into a pipeline run, and what comes out. */
import type { Repository } from "./checkout.ts";
import type { JobStatus } from "./plan.ts";
import type { PipelineHost, PipelineRunner } from "./runners.ts";
import type { PipelineContext, ProjectVariable } from "./variables.ts";

export interface PipelineOptions {
  readonly repository: Repository;
  readonly context: PipelineContext;
  /** The ref's tip unless set. */
  readonly sha?: string;
  readonly variables: readonly ProjectVariable[];
  readonly host: PipelineHost;
  readonly runners: readonly PipelineRunner[];
  /** Names of manual jobs that somebody starts. */
  readonly manual?: readonly string[];
  /** Ends the pipeline as GitLab's "Cancel" does: running jobs are stopped, the rest never starts. */
  readonly signal?: AbortSignal;
  /** Told of each line that a job prints, secrets masked. */
  readonly onLine?: (job: string, line: string) => void;
}

export interface JobResult {
  readonly name: string;
  readonly stage: string;
  readonly status: JobStatus;
  readonly seconds: number;
  /** The runner that took it. */
  readonly runner?: string;
  /** Secrets are masked in it; absent when the job never started. */
  readonly logPath?: string;
}

export interface PipelineResult {
  /** `skipped`: the workflow's rules want no pipeline for this ref. */
  readonly status: "success" | "failed" | "canceled" | "skipped";
  readonly sha: string;
  readonly jobs: readonly JobResult[];
  /** All jobs' logs, one after the other. */
  readonly log: string;
  readonly seconds: number;
  /** Holds the logs and artifacts until the next pipeline of the same number. */
  readonly directory: string;
  /** A file of a job's artifacts; undefined when there is none. */
  artifact(job: string, file: string): Promise<string | undefined>;
}
