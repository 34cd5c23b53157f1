/** Forks and merge requests, as far as a pipeline sees them. */
import { createHash } from "node:crypto";
import path from "node:path";
import { LabError } from "../errors.ts";
import { Repository } from "./repository.ts";
import { accessLevels, type MergeRequest, NO_CLEANUP, type Project, type State } from "./state.ts";

/** What a merge request is opened with. */
export interface NewMergeRequest {
  readonly source: string;
  /** Default: the default branch of the target project. */
  readonly target?: string;
  /** Where the source branch is; default: the target project itself. */
  readonly from?: Project;
  readonly title?: string;
  readonly author: string;
}

/**
 * Copies a project's repository into a project of its own, with nothing of its settings.
 *
 * @throws LabError when there is a project of that path.
 */
export async function fork(
  state: State,
  directory: string,
  original: Project,
  fullPath: string,
): Promise<Project> {
  if (state.findProject(fullPath) !== undefined) {
    throw new LabError(
      `The GitLab stand-in cannot fork ${original.path} to ${fullPath}: there is such a project`,
    );
  }
  const { defaultBranch, visibility } = original;
  const name = `${createHash("sha256").update(fullPath).digest("hex").slice(0, 16)}.git`;
  const repository = await Repository.create(path.join(directory, name), defaultBranch);
  await repository.fetch(original.repository.directory, [
    "+refs/heads/*:refs/heads/*",
    "+refs/tags/*:refs/tags/*",
  ]);
  const namespace = path.posix.dirname(fullPath);
  if (state.findGroup(namespace) === undefined) {
    state.groups.push({ id: state.nextId(), path: namespace, createdAt: new Date().toISOString() });
  }
  const project: Project = {
    id: state.nextId(),
    path: fullPath,
    defaultBranch,
    visibility,
    createdAt: new Date().toISOString(),
    repository,
    variables: [],
    protectedBranches: [],
    protectedTags: [],
    tagRules: [],
    repositoryRules: [],
    schedules: [],
    pipelines: [],
    mergeRequests: [],
    cleanupPolicy: NO_CLEANUP,
  };
  project.protectedBranches.push({
    id: state.nextId(),
    name: defaultBranch,
    pushLevel: accessLevels.maintainer,
    mergeLevel: accessLevels.maintainer,
    allowForcePush: false,
    codeOwnerApprovalRequired: false,
  });
  state.projects.push(project);
  return project;
}

/**
 * Opens a merge request, or brings the one of these branches up to date. Its commits are then in the target project,
 * under `refs/merge-requests/<iid>/head`.
 *
 * @throws LabError for a branch that is not there, or branches without a common history.
 */
export async function openMergeRequest(
  state: State,
  project: Project,
  given: NewMergeRequest,
): Promise<MergeRequest> {
  const target = given.target ?? project.defaultBranch;
  const from = given.from ?? project;
  const author = state.users.find(({ username }) => username === given.author);
  if (author === undefined) throw new LabError(`The GitLab stand-in has no user ${given.author}`);
  const head = (await from.repository.refs("heads")).get(given.source);
  const tip = (await project.repository.refs("heads")).get(target);
  if (head === undefined || tip === undefined) {
    const [holder, branch] = head === undefined ? [from.path, given.source] : [project.path, target];
    throw new LabError(`There can be no merge request: ${holder} has no branch ${branch}`);
  }
  const known = project.mergeRequests.find(
    (one) => one.source === given.source && one.target === target && one.from === from,
  );
  const iid = known?.iid ?? project.mergeRequests.length + 1;
  await project.repository.fetch(from.repository.directory, [
    `+refs/heads/${given.source}:refs/merge-requests/${iid}/head`,
  ]);
  const base = await project.repository.mergeBase(tip, head);
  if (base === undefined) {
    throw new LabError(`There can be no merge request: ${given.source} and ${target} share no commit`);
  }
  if (known !== undefined) return Object.assign(known, { sha: head, base });
  const title = given.title ?? (await project.repository.commits(head, 1))[0]?.message.split("\n")[0] ?? "";
  const opened: MergeRequest = {
    ...{ id: state.nextId(), iid, title, author, from, source: given.source, target },
    ...{ sha: head, base },
  };
  project.mergeRequests.push(opened);
  return opened;
}
