/** Forks and merge requests. */
import path from "node:path";
import { LabError } from "../errors.ts";
import { mergeRequestRef } from "./pipelines.ts";
import { addProject, protectBranch } from "./projects.ts";
import type { MergeRequest, Project, State } from "./state.ts";

/** What a merge request is opened with. */
export interface NewMergeRequest {
  readonly source: string;
  /** Default: the default branch of the target project. */
  readonly target?: string;
  /** Where the source branch is; default: the target project itself. */
  readonly from?: Project;
  /** Default: the first line of the last commit. */
  readonly title?: string;
  readonly squash?: boolean;
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
  const namespace = path.posix.dirname(fullPath);
  if (state.findGroup(namespace) === undefined) {
    state.groups.push({ id: state.nextId(), path: namespace, createdAt: new Date().toISOString() });
  }
  const { defaultBranch } = original;
  const project = await addProject(state, directory, fullPath, defaultBranch);
  await project.repository.fetch(original.repository.directory, [
    "+refs/heads/*:refs/heads/*",
    "+refs/tags/*:refs/tags/*",
  ]);
  protectBranch(state, project, defaultBranch);
  return project;
}

/**
 * Opens a merge request, or brings the open one of these branches up to date. Its commits are then in the target
 * project, under `refs/merge-requests/<iid>/head`.
 *
 * @throws LabError for a branch that is not there, or branches without a common history.
 */
export async function openMergeRequest(
  state: State,
  project: Project,
  given: NewMergeRequest,
): Promise<MergeRequest> {
  const author = state.users.find(({ username }) => username === given.author);
  if (author === undefined) throw new LabError(`The GitLab stand-in has no user ${given.author}`);
  const { source, target = project.defaultBranch, from = project } = given;
  const known = project.mergeRequests.find(
    (one) => one.state === "opened" && one.source === source && one.target === target && one.from === from,
  );
  if (known !== undefined) {
    await look(project, known);
    return known;
  }
  const head = await from.repository.branch(source);
  if (head === undefined || (await project.repository.branch(target)) === undefined) {
    const [holder, branch] = head === undefined ? [from.path, source] : [project.path, target];
    throw new LabError(`There can be no merge request: ${holder} has no branch ${branch}`);
  }
  const now = new Date().toISOString();
  const title = given.title ?? (await from.repository.commits(head, 1))[0]?.message.split("\n")[0] ?? "";
  const opened: MergeRequest = {
    ...{ id: state.nextId(), iid: project.mergeRequests.length + 1, title, author, from, source, target },
    state: "opened",
    ...{ sha: "", base: "", createdAt: now, updatedAt: now, notes: [] },
    squash: given.squash ?? project.settings.squash_option === "default_on",
  };
  await look(project, opened);
  project.mergeRequests.push(opened);
  return opened;
}

/**
 * Brings what has been pushed to the source branch of an open merge request into the target project.
 *
 * @throws LabError for branches without a common history.
 */
export async function look(project: Project, merge: MergeRequest): Promise<void> {
  if (merge.state !== "opened") return;
  const head = await merge.from.repository.branch(merge.source);
  const tip = await project.repository.branch(merge.target);
  if (head === undefined || tip === undefined || head === merge.sha) return;
  const { directory } = merge.from.repository;
  await project.repository.fetch(directory, [`+refs/heads/${merge.source}:${mergeRequestRef(merge)}`]);
  const base = await project.repository.mergeBase(tip, head);
  if (base === undefined) {
    throw new LabError(`There can be no merge request: ${merge.source} and ${merge.target} share no commit`);
  }
  Object.assign(merge, { sha: head, base });
}
