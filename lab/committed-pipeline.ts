/** Runs a committed pipeline on the lab's host, as GitLab would have its runner do. */
import { LabError } from "./errors.ts";
import { type MergeRequest, matchesWildcard, type Project } from "./gitlab/index.ts";
import type { Lab } from "./lab.ts";
import { PROJECT, USER } from "./lab.ts";
import {
  type ManualStart,
  type PipelineContext,
  type PipelineResult,
  type RunVariable,
  runnersOf,
  runPipeline,
} from "./pipeline/index.ts";

/** Where the merge requests of `fork: true` come from; made from the project when it is first asked for. */
export const FORK = "visitor/shop";

export interface CommittedPipelineOptions {
  /** Default: the project's default branch. */
  readonly branch?: string;
  /** A pipeline of this tag, protected where a protected tag's name or wildcard matches. */
  readonly tag?: string;
  /**
   * A pipeline of a merge request, opened where it is not open yet. With `fork` the source branch is in {@link FORK}, and
   * the pipeline runs in the project all the same, as a member starts it there.
   */
  readonly mergeRequest?: { readonly source: string; readonly target?: string; readonly fork?: boolean };
  /** A pipeline of the schedule with this description, or of one that GitLab does not have with these variables. */
  readonly schedule?: { readonly description: string; readonly variables?: readonly RunVariable[] };
  /** Somebody's "Run pipeline" with these variables. */
  readonly web?: { readonly variables?: readonly RunVariable[] };
  /** A commit of the ref, default its tip: the pipeline of an older push that still runs after a newer one. */
  readonly sha?: string;
  /** Manual jobs that somebody starts; with variables given at that moment where it says more than a name. */
  readonly manual?: readonly (string | ManualStart)[];
  /** Told of each line that a job prints, secrets masked. */
  readonly onLine?: (job: string, line: string) => void;
  readonly signal?: AbortSignal;
}

/** What differs from one kind of pipeline to the next. */
interface Trigger {
  readonly context: Pick<PipelineContext, "source" | "ref" | "mergeRequest" | "schedule" | "before">;
  readonly sha?: string;
  readonly variables: readonly RunVariable[];
}

let nextPipelineId = 1000;

/**
 * Clones over HTTPS with the stack's token, takes the runners from the host and the variables from GitLab.
 *
 * @throws LabError for a ref that is not there, or options of more than one kind of pipeline.
 */
export async function runCommittedPipeline(
  lab: Lab,
  options: CommittedPipelineOptions = {},
): Promise<PipelineResult> {
  const { gitlab } = lab;
  const project = gitlab.project(PROJECT);
  const trigger = await triggerOf(lab, project, options);
  // Numbers of its own, so that a branch can be built more than once, and in two labs at once.
  const pipelineId = lab.machine.instance * 10_000 + nextPipelineId++;
  const user = gitlab.user(USER);
  const context: PipelineContext = {
    ...trigger.context,
    pipelineId,
    project: {
      ...identity(lab, project),
      defaultBranch: project.defaultBranch,
      visibility: project.visibility,
    },
    user: { id: user.id, login: user.username, name: user.name, email: user.email },
    openMergeRequests: openMergeRequests(project, trigger.context),
  };
  const records = gitlab.runners().map((runner) => ({
    description: runner.description ?? "",
    tag_list: runner.tagList,
    access_level: runner.accessLevel,
  }));
  return runPipeline({
    repository: {
      url: `${gitlab.url}/${PROJECT}.git`,
      authorization: `Basic ${Buffer.from(`oauth2:${lab.token}`).toString("base64")}`,
      caPath: lab.ca.caPath,
    },
    context,
    ...(trigger.sha === undefined ? {} : { sha: trigger.sha }),
    variables: gitlab.variables(PROJECT),
    runVariables: trigger.variables,
    host: lab.machine,
    runners: await runnersOf(lab.machine, records),
    startJob: (job) => {
      const { ref, mergeRequest, source } = context;
      const path = mergeRequest ? `refs/merge-requests/${mergeRequest.iid}/head` : fullName(ref);
      const pipeline = { id: pipelineId, iid: pipelineId, source };
      return gitlab.startJob({ ...job, project, pipeline, username: USER, ref: { ...ref, path } });
    },
    manual: (options.manual ?? []).map((one) => (typeof one === "string" ? { name: one } : one)),
    ...(options.onLine ? { onLine: options.onLine } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

const fullName = ({ type, name }: PipelineContext["ref"]): string =>
  `refs/${type === "tag" ? "tags" : "heads"}/${name}`;

const identity = (lab: Lab, { path, id }: Project) => ({ path, id, url: `${lab.gitlab.url}/${path}` });

const isProtected = ({ protectedBranches }: Project, branch: string): boolean =>
  protectedBranches.some(({ name }) => matchesWildcard(name, branch));

async function triggerOf(lab: Lab, project: Project, options: CommittedPipelineOptions): Promise<Trigger> {
  const { tag, mergeRequest, schedule, web, sha } = options;
  const kinds = [tag, mergeRequest, schedule, web].filter((kind) => kind !== undefined);
  if (kinds.length > 1) throw new LabError("A pipeline has one cause: tag, mergeRequest, schedule or web");
  if (mergeRequest !== undefined) return mergeRequestTrigger(lab, project, mergeRequest, sha);
  const more = sha === undefined ? {} : { sha };
  if (tag !== undefined) {
    const isProtectedTag = project.protectedTags.some(({ name }) => matchesWildcard(name, tag));
    const ref = { type: "tag", name: tag, protected: isProtectedTag } as const;
    return { context: { source: "push", ref }, variables: [], ...more };
  }
  if (schedule !== undefined) return { ...scheduleTrigger(project, options, schedule), ...more };
  const branch = options.branch ?? project.defaultBranch;
  const ref = { type: "branch", name: branch, protected: isProtected(project, branch) } as const;
  if (web !== undefined) return { context: { source: "web", ref }, variables: web.variables ?? [], ...more };
  const tip = sha ?? (await project.repository.refs("heads")).get(branch);
  const before = project.pipelines.findLast((one) => one.ref === branch && one.sha === tip)?.before;
  const context = { source: "push", ref, ...(before === undefined ? {} : { before }) } as const;
  return { context, variables: [], ...more };
}

function scheduleTrigger(
  project: Project,
  options: CommittedPipelineOptions,
  { description, variables = [] }: NonNullable<CommittedPipelineOptions["schedule"]>,
): Trigger {
  const known = project.schedules.find((one) => one.description === description);
  const scheduled = known?.ref.replace(/^refs\/(heads|tags)\//, "");
  const branch = options.branch ?? scheduled ?? project.defaultBranch;
  const ref = { type: "branch", name: branch, protected: isProtected(project, branch) } as const;
  return {
    context: { source: "schedule", ref, schedule: description },
    variables: [...(known?.variables ?? []), ...variables],
  };
}

async function mergeRequestTrigger(
  lab: Lab,
  project: Project,
  { source, target, fork = false }: NonNullable<CommittedPipelineOptions["mergeRequest"]>,
  sha: string | undefined,
): Promise<Trigger> {
  const { gitlab } = lab;
  const from = fork ? await forkOf(lab) : project;
  const opened = await gitlab.openMergeRequest(PROJECT, {
    ...{ source, from, author: USER },
    ...(target === undefined ? {} : { target }),
  });
  const sourceProtected = isProtected(from, source);
  const targetProtected = isProtected(project, opened.target);
  return {
    context: {
      source: "merge_request_event",
      // A fork's pipeline is trusted with nothing, whatever its branches are called.
      ref: { type: "branch", name: source, protected: !fork && sourceProtected && targetProtected },
      mergeRequest: {
        ...{ id: opened.id, iid: opened.iid, title: opened.title, author: opened.author.username },
        source: { branch: source, protected: sourceProtected, project: identity(lab, from) },
        target: { branch: opened.target, protected: targetProtected },
        diffBaseSha: opened.base,
      },
    },
    sha: sha ?? opened.sha,
    variables: [],
  };
}

/** The project that merge requests from outside come from; made when it is first asked for. */
export async function forkOf(lab: Lab): Promise<Project> {
  const known = lab.gitlab.projects().find(({ path }) => path === FORK);
  return known ?? lab.gitlab.fork(PROJECT, FORK);
}

/** GitLab tells of four at most: https://docs.gitlab.com/ci/variables/predefined_variables/ */
function openMergeRequests(project: Project, { ref, mergeRequest }: Trigger["context"]): string[] {
  if (ref.type === "tag") return [];
  const fromHere = (one: MergeRequest) =>
    one.source === ref.name && (one.iid === mergeRequest?.iid || one.from === project);
  return project.mergeRequests
    .filter(fromHere)
    .slice(0, 4)
    .map(({ iid }) => `${project.path}!${iid}`);
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
