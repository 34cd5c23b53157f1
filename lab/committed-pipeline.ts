/** Runs a branch's committed pipeline on the lab's host, as GitLab would have its runner do. */
import { LabError } from "./errors.ts";
import type { Lab } from "./lab.ts";
import { PROJECT } from "./lab.ts";
import { type PipelineResult, runnersOf, runPipeline } from "./pipeline/index.ts";

export interface CommittedPipelineOptions {
  /** Default: the project's default branch. */
  readonly branch?: string;
  /** Told of each line that a job prints, secrets masked. */
  readonly onLine?: (job: string, line: string) => void;
  readonly signal?: AbortSignal;
}

let nextPipelineId = 1000;

/** Clones over HTTPS with the stack's token, takes the runners from the host and the variables from GitLab. */
export async function runCommittedPipeline(
  lab: Lab,
  options: CommittedPipelineOptions = {},
): Promise<PipelineResult> {
  const project = lab.gitlab.project(PROJECT);
  const branch = options.branch ?? project.defaultBranch;
  const records = lab.gitlab.runners().map((runner) => ({
    description: runner.description ?? "",
    tag_list: runner.tagList,
    access_level: runner.accessLevel,
  }));
  const result = await runPipeline({
    repository: {
      url: `${lab.gitlab.url}/${PROJECT}.git`,
      authorization: `Basic ${Buffer.from(`oauth2:${lab.token}`).toString("base64")}`,
      caPath: lab.ca.caPath,
    },
    context: {
      // Numbers of its own, so that a branch can be built more than once, and in two labs at once.
      pipelineId: lab.machine.instance * 10_000 + nextPipelineId++,
      source: "push",
      project: {
        path: PROJECT,
        id: project.id,
        url: `${lab.gitlab.url}/${PROJECT}`,
        defaultBranch: project.defaultBranch,
      },
      ref: {
        type: "branch",
        name: branch,
        protected: project.protectedBranches.some(({ name }) => name === branch),
      },
    },
    variables: lab.gitlab.variables(PROJECT),
    host: lab.machine,
    runners: await runnersOf(lab.machine, records),
    ...(options.onLine ? { onLine: options.onLine } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return result;
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
