/** Runs a committed pipeline on the lab's host, as GitLab would have its runner do. */
import { LabError } from "./errors.ts";
import { type Lab, PROJECT, USER } from "./lab.ts";
import { type ManualStart, type PipelineResult, runnersOf, runPipeline } from "./pipeline/index.ts";
import { type Cause, checkVariables, startPipeline } from "./trigger.ts";

export interface CommittedPipelineOptions extends Cause {
  /** Manual jobs that somebody starts; with variables given at that moment where it says more than a name. */
  readonly manual?: readonly (string | ManualStart)[];
  /** Told of each line that a job prints, secrets masked. */
  readonly onLine?: (job: string, line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Clones over HTTPS with the stack's token, takes the runners from the host and the variables from GitLab.
 *
 * @throws LabError for a ref that is not there, or options of more than one kind of pipeline.
 */
export async function runCommittedPipeline(
  lab: Lab,
  { manual = [], onLine, signal, ...cause }: CommittedPipelineOptions = {},
): Promise<PipelineResult> {
  const { gitlab, machine } = lab;
  const records = gitlab.runners().map((runner) => ({
    description: runner.description ?? "",
    tag_list: runner.tagList,
    access_level: runner.accessLevel,
  }));
  const project = gitlab.project(PROJECT);
  const starts = manual.map((one) => (typeof one === "string" ? { name: one } : one));
  for (const { variables = [] } of starts) checkVariables(gitlab, project, USER, variables);
  return runPipeline({
    ...(await startPipeline(lab, project, cause)),
    variables: gitlab.variables(PROJECT),
    host: machine,
    runners: await runnersOf(machine, records),
    manual: starts,
    ...(onLine ? { onLine } : {}),
    ...(signal ? { signal } : {}),
  });
}

/**
 * @throws LabError with the end of the log, where a pipeline that should pass did not.
 */
export function passed(result: PipelineResult): PipelineResult {
  if (result.status === "success") return result;
  const jobs = result.jobs.map(({ name, status }) => `${name} ${status}`).join(", ");
  throw new LabError(
    `The pipeline of ${result.sha.slice(0, 8)} is ${result.status} (${jobs}). The end of its log:\n${result.log.trimEnd().split("\n").slice(-40).join("\n")}\nThe whole of it: ${result.directory}`,
  );
}
