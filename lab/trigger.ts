/** What starts a pipeline of a project of the lab's GitLab, and what its jobs are told of it. */
import path from "node:path";
import { LabError } from "./errors.ts";
import {
  accessLevels,
  type JobCredentials,
  type MergeRequest,
  matchesWildcard,
  type Project,
} from "./gitlab/index.ts";
import { type Lab, USER } from "./lab.ts";
import type { PipelineContext, Repository, RunVariable, StartingJob } from "./pipeline/index.ts";

/** At most one of `tag`, `mergeRequest`, `schedule` and `web`; a push to a branch without any. */
export interface Cause {
  /** Default: the project's default branch. */
  readonly branch?: string;
  /** A pipeline of this tag, protected where a protected tag's name or wildcard matches. */
  readonly tag?: string;
  /**
   * A pipeline of a merge request, opened where it is not open yet. With `fork` the source branch is in {@link forkOf} the
   * project, and the pipeline runs in the project all the same, as a member starts it there.
   */
  readonly mergeRequest?: { readonly source: string; readonly fork?: boolean };
  /** A pipeline of the schedule with this description, or of one that GitLab does not have with these variables. */
  readonly schedule?: { readonly description: string; readonly variables?: readonly RunVariable[] };
  /** Somebody's "Run pipeline" with these variables. */
  readonly web?: { readonly variables?: readonly RunVariable[] };
  /** A commit of the ref, default its tip: the pipeline of an older push that still runs after a newer one. */
  readonly sha?: string;
}

/** A pipeline that is about to run. */
export interface StartedPipeline {
  readonly context: PipelineContext;
  readonly sha?: string;
  readonly runVariables: readonly RunVariable[];
  readonly repository: Repository;
  startJob(job: StartingJob): JobCredentials;
}

/** What differs from one kind of pipeline to the next. */
interface Trigger {
  readonly context: Pick<PipelineContext, "source" | "ref" | "mergeRequest" | "schedule" | "before">;
  readonly sha?: string;
  readonly variables: readonly RunVariable[];
}

let nextPipelineId = 1000;

/**
 * @throws LabError for a ref that is not there, or more than one cause.
 */
export async function startPipeline(lab: Lab, project: Project, cause: Cause): Promise<StartedPipeline> {
  const { gitlab } = lab;
  const { context: own, sha, variables } = await triggerOf(lab, project, cause);
  // Numbers of its own, so that a branch can be built more than once, and in two labs at once.
  const pipelineId = lab.machine.instance * 10_000 + nextPipelineId++;
  const { id, username: login, name, email } = gitlab.user(USER);
  checkVariables(gitlab, project, USER, variables);
  const { defaultBranch } = project;
  const context: PipelineContext = {
    ...own,
    pipelineId,
    project: { ...identity(lab, project), defaultBranch },
    user: { id, login, name, email },
    ...(gitlab.registryAddress === undefined ? {} : { registry: gitlab.registryAddress }),
    openMergeRequests: openMergeRequests(project, own),
  };
  const { ref, mergeRequest, source } = context;
  const fullRef = mergeRequest ? `refs/merge-requests/${mergeRequest.iid}/head` : fullName(ref);
  const pipeline = { id: pipelineId, iid: pipelineId, source };
  return {
    context,
    ...(sha === undefined ? {} : { sha }),
    runVariables: variables,
    repository: {
      url: `${gitlab.url}/${project.path}.git`,
      authorization: `Basic ${Buffer.from(`oauth2:${lab.token}`).toString("base64")}`,
      caPath: lab.ca.caPath,
    },
    startJob: (job) =>
      gitlab.startJob({ ...job, project, pipeline, username: USER, ref: { ...ref, path: fullRef } }),
  };
}

/**
 * @throws LabError with GitLab's text, for a user who may give pipelines no variables.
 * @see https://docs.gitlab.com/ci/variables/#restrict-pipeline-variables
 */
export function checkVariables(
  gitlab: Lab["gitlab"],
  project: Project,
  username: string,
  variables: readonly RunVariable[],
): void {
  const least = project.settings.ci_pipeline_variables_minimum_override_role;
  const level = gitlab.accessLevel(username, project.path);
  if (variables.length === 0 || (least !== "no_one_allowed" && level >= accessLevels[least])) return;
  throw new LabError(`${project.path}: Insufficient permissions to set pipeline variables`);
}

const fullName = ({ type, name }: PipelineContext["ref"]): string =>
  `refs/${type === "tag" ? "tags" : "heads"}/${name}`;

const identity = (lab: Lab, { path, id }: Project) => ({ path, id, url: `${lab.gitlab.url}/${path}` });

const isProtected = ({ protectedBranches }: Project, branch: string): boolean =>
  protectedBranches.some(({ name }) => matchesWildcard(name, branch));

async function triggerOf(lab: Lab, project: Project, options: Cause): Promise<Trigger> {
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
  options: Cause,
  { description, variables = [] }: NonNullable<Cause["schedule"]>,
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
  { source, fork = false }: NonNullable<Cause["mergeRequest"]>,
  sha: string | undefined,
): Promise<Trigger> {
  const { gitlab } = lab;
  const from = fork ? await forkOf(lab, project) : project;
  const opened = await gitlab.openMergeRequest(project.path, { source, from, author: USER });
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

/** The project that merge requests from outside come from: `visitor/shop` for `acme/shop`. Made when first asked for. */
export async function forkOf({ gitlab }: Pick<Lab, "gitlab">, project: Project): Promise<Project> {
  const name = `visitor/${path.posix.basename(project.path)}`;
  const known = gitlab.projects().find((one) => one.path === name);
  return known ?? gitlab.fork(project.path, name);
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
