/** What tests ask of a pipeline that ran. */
import type { PipelineResult } from "../../lab/pipeline/index.ts";

/** For a failed assertion: each job's end, and the last lines of the log. */
export const explain = ({ status, jobs, log }: PipelineResult): string =>
  `${status}: ${jobs.map((job) => `${job.name} ${job.status}`).join(", ")}\n${log.split("\n").slice(-60).join("\n")}`;

/** Nothing for a job that the pipeline has not. */
export const statusOf = (result: PipelineResult, job: string) =>
  result.jobs.find(({ name }) => name === job)?.status;

/** Each job's end, by its name. */
export const statusesOf = ({ jobs }: PipelineResult): Record<string, string> =>
  Object.fromEntries(jobs.map(({ name, status }) => [name, status]));
