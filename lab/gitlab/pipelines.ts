/** The pipelines that pushes start, and those that a test says have run. */
import type { ArtifactAccess, JobRecord, Pipeline, PipelineSource, PipelineStatus } from "./records.ts";
import type { MergeRequest, Project, State } from "./state.ts";

/** A branch or tag that now points at a commit. */
export interface RefUpdate {
  /** Short name. */
  readonly ref: string;
  readonly sha: string;
  /** What it pointed at before; undefined for one that is new. */
  readonly before: string | undefined;
  readonly message: string;
}

const configurationFile = ".gitlab-ci.yml";

/** Records the pipeline that a push starts: one where the commit has a pipeline file, none elsewhere. */
export async function recordPush(state: State, project: Project, update: RefUpdate): Promise<void> {
  if (project.settings.builds_access_level === "disabled") return;
  if ((await project.repository.file(update.sha, configurationFile)) === undefined) return;
  const { ref, sha, before } = update;
  const status = /\[(ci skip|skip ci)\]/i.test(update.message) ? "skipped" : "pending";
  addPipeline(state, project, { ref, sha, before, source: "push", status });
}

/** A job that has run. */
export interface FinishedJob {
  readonly name: string;
  /** Default `test`. */
  readonly stage?: string;
  /** Default `success`. */
  readonly status?: PipelineStatus;
  /** `artifacts:paths`: content by path. */
  readonly artifacts?: Readonly<Record<string, string | Buffer>>;
  /** `artifacts:access`; default `all`. */
  readonly access?: ArtifactAccess;
}

/** A pipeline that has run: of a merge request, or else of a branch or tag. */
export interface FinishedPipeline {
  /** `iid` of the merge request. */
  readonly mergeRequest?: number;
  /** Branch or tag; default the default branch. */
  readonly ref?: string;
  /** Default: the tip of what it ran for. */
  readonly sha?: string;
  readonly jobs: readonly FinishedJob[];
}

/**
 * Records a pipeline that has run. The pending one of that push is it, where there is one.
 *
 * @throws RangeError for a merge request, branch or tag that is not there.
 */
export async function recordPipeline(
  state: State,
  project: Project,
  given: FinishedPipeline,
): Promise<Pipeline> {
  const { ref, sha } = await subject(project, given);
  const source = given.mergeRequest === undefined ? "push" : "merge_request_event";
  const status = outcome(given.jobs);
  const waiting = project.pipelines.findLast(isPending({ ref, sha, source }));
  const pipeline = waiting ?? addPipeline(state, project, { ref, sha, before: undefined, source, status });
  pipeline.jobs.push(...given.jobs.map((job) => jobRecord(state, job)));
  return Object.assign(pipeline, { status, updatedAt: new Date().toISOString() });
}

/** A pipeline that is about to run. */
export interface NewPipeline extends Pick<FinishedPipeline, "mergeRequest" | "ref" | "sha"> {
  /** CI_PIPELINE_ID. */
  readonly id: number;
  readonly source: PipelineSource;
}

/** A pipeline that runs, as far as GitLab sees it. */
export interface RunningPipeline {
  /** A job begins. @param id CI_JOB_ID. */
  begin(job: Pick<JobRecord, "id" | "name" | "stage">): void;
  /** The pipeline has ended, with these jobs; those that never began are not among them. */
  end(jobs: readonly FinishedJob[]): void;
}

/**
 * Records a pipeline that runs now, in the place of the pending one of that push.
 *
 * @throws RangeError for a merge request, branch or tag that is not there.
 */
export async function startPipeline(
  state: State,
  project: Project,
  given: NewPipeline,
): Promise<RunningPipeline> {
  const { ref, sha } = await subject(project, given);
  const { id, source } = given;
  const waiting = project.pipelines.findIndex(isPending({ ref, sha, source }));
  const [push] = waiting < 0 ? [] : project.pipelines.splice(waiting, 1);
  const pipeline = addPipeline(state, project, {
    ...{ id, ref, sha, before: push?.before, source, status: "running" },
  });
  return {
    begin: ({ id: number, name, stage }) =>
      pipeline.jobs.push({ ...jobRecord(state, { name, stage, status: "running" }), id: number }),
    end: (jobs) => {
      for (const job of jobs) {
        const { status, artifacts, access, finishedAt } = jobRecord(state, job);
        const known = pipeline.jobs.find(({ name }) => name === job.name);
        if (known) Object.assign(known, { status, artifacts, access, finishedAt });
      }
      Object.assign(pipeline, { status: outcome(jobs), updatedAt: new Date().toISOString() });
    },
  };
}

/** Whether a pipeline was made by this push, and nothing has run it yet. */
function isPending({ ref, sha, source }: Pick<Pipeline, "ref" | "sha" | "source">) {
  return (one: Pipeline) =>
    one.ref === ref && one.sha === sha && one.source === source && one.status === "pending";
}

async function subject(
  project: Project,
  given: Pick<FinishedPipeline, "mergeRequest" | "ref" | "sha">,
): Promise<{ ref: string; sha: string }> {
  if (given.mergeRequest === undefined) {
    const ref = given.ref ?? project.defaultBranch;
    const sha = given.sha ?? (await project.repository.resolve(ref));
    if (sha === undefined) throw new RangeError(`${project.path} has no ${ref}`);
    return { ref, sha };
  }
  const merge = project.mergeRequests.find(({ iid }) => iid === given.mergeRequest);
  if (merge === undefined) {
    throw new RangeError(`${project.path} has no merge request !${given.mergeRequest}`);
  }
  return { ref: mergeRequestRef(merge), sha: given.sha ?? merge.sha };
}

/** Where a merge request's commits are in the target project: `refs/merge-requests/3/head`. */
export function mergeRequestRef({ iid }: Pick<MergeRequest, "iid">): string {
  return `refs/merge-requests/${iid}/head`;
}

/**
 * The pipelines of a merge request: its own before those of its branch, newest first.
 *
 * @see https://docs.gitlab.com/ci/pipelines/merge_request_pipelines/
 */
export function pipelinesOf(project: Project, merge: MergeRequest): readonly Pipeline[] {
  const newest = project.pipelines.toReversed();
  const own = newest.filter(({ ref }) => ref === mergeRequestRef(merge));
  const branch = newest.filter(
    ({ ref, sha }) => merge.from === project && ref === merge.source && sha === merge.sha,
  );
  return [...own, ...branch];
}

/** The one that tells whether it may be merged: the latest of its last commit. */
export function headPipeline(project: Project, merge: MergeRequest): Pipeline | undefined {
  return pipelinesOf(project, merge).find(({ sha }) => sha === merge.sha);
}

function addPipeline(
  state: State,
  project: Project,
  given: Pick<Pipeline, "ref" | "sha" | "before" | "source" | "status"> & { readonly id?: number },
): Pipeline {
  const now = new Date().toISOString();
  const iid = project.pipelines.length + 1;
  const id = given.id ?? state.nextId();
  const pipeline: Pipeline = { ...given, id, iid, createdAt: now, updatedAt: now, jobs: [] };
  project.pipelines.push(pipeline);
  return pipeline;
}

function outcome(jobs: readonly FinishedJob[]): PipelineStatus {
  return jobs.some(({ status }) => status === "failed") ? "failed" : "success";
}

function jobRecord(state: State, job: FinishedJob): JobRecord {
  const now = new Date().toISOString();
  const artifacts = Object.entries(job.artifacts ?? {}).map(
    ([path, content]) => [path, Buffer.from(content)] as const,
  );
  const status = job.status ?? "success";
  return {
    id: state.nextId(),
    name: job.name,
    stage: job.stage ?? "test",
    status,
    createdAt: now,
    finishedAt: ["success", "failed", "canceled"].includes(status) ? now : null,
    artifacts: new Map(artifacts),
    access: job.access ?? "all",
  };
}
