/** Merging: what the three merge methods of a project do to its repository. */
import { recordPush } from "./pipelines.ts";
import type { Identity } from "./repository.ts";
import type { MergeRequest, Project, State, User } from "./state.ts";

/** How a merge request is merged. */
export interface MergeOptions {
  readonly squash: boolean;
  readonly squashMessage?: string | undefined;
  readonly removeSourceBranch: boolean;
}

/**
 * Whether GitLab could merge it as the project's merge method wants: without a conflict, and where nothing but moving
 * the branch forward is allowed, with the target's tip below it.
 */
export async function canMerge(project: Project, merge: MergeRequest): Promise<boolean> {
  const { repository, settings } = project;
  const tip = await repository.resolve(merge.target);
  if (tip === undefined) return false;
  if (settings.merge_method !== "merge" && (await repository.mergeBase(tip, merge.sha)) !== tip) return false;
  return (await repository.mergeTree(tip, merge.sha)) !== undefined;
}

/**
 * Merges, and records the pipeline that the target branch gets.
 *
 * @returns false where it cannot be done.
 * @see https://docs.gitlab.com/user/project/merge_requests/methods/
 */
export function performMerge(
  state: State,
  project: Project,
  merge: MergeRequest,
  user: User,
  options: MergeOptions,
): Promise<boolean> {
  const { repository } = project;
  return repository.exclusively(async () => {
    const tip = await repository.resolve(merge.target);
    if (tip === undefined || !(await canMerge(project, merge))) return false;
    const { head, squashCommit } = await squashed(project, merge, user, { ...options, tip });
    const mergeCommit = await mergedTo(project, merge, user, { tip, head });
    const sha = mergeCommit ?? head;
    await repository.setBranch(merge.target, sha);
    const at = new Date().toISOString();
    merge.merged = { at, by: user, mergeCommit, squashCommit };
    Object.assign(merge, { state: "merged", updatedAt: at, squash: options.squash });
    const message = (await repository.commits(sha, 1))[0]?.message ?? "";
    await recordPush(state, project, { ref: merge.target, sha, before: tip, message });
    if (options.removeSourceBranch && merge.source !== merge.from.defaultBranch) {
      await merge.from.repository.setBranch(merge.source, undefined);
    }
    return true;
  });
}

/** All commits as one. A single one with the same message stays what it is. */
async function squashed(
  project: Project,
  merge: MergeRequest,
  user: User,
  { squash, squashMessage, tip }: MergeOptions & { readonly tip: string },
): Promise<{ head: string; squashCommit: string | undefined }> {
  if (!squash) return { head: merge.sha, squashCommit: undefined };
  const { repository } = project;
  const message = squashMessage ?? merge.title;
  const commits = await repository.commitsBetween(merge.base, merge.sha);
  if (commits.length === 1 && commits[0]?.message.trim() === message.trim()) {
    return { head: merge.sha, squashCommit: merge.sha };
  }
  const head = await repository.commitTree({
    tree: await repository.treeOf(merge.sha),
    parents: [project.settings.merge_method === "merge" ? merge.base : tip],
    message,
    author: identity(merge.author),
    committer: identity(user),
  });
  return { head, squashCommit: head };
}

/** @returns the merge commit; undefined where the branch only moves forward. */
async function mergedTo(
  project: Project,
  merge: MergeRequest,
  user: User,
  { tip, head }: { readonly tip: string; readonly head: string },
): Promise<string | undefined> {
  if (project.settings.merge_method === "ff") return undefined;
  const { repository } = project;
  const tree = await repository.mergeTree(tip, head);
  if (tree === undefined) throw new RangeError(`!${merge.iid} cannot be merged`);
  return repository.commitTree({
    ...{ tree, parents: [tip, head] },
    message: `Merge branch '${merge.source}' into '${merge.target}'\n\n${merge.title}\n\nSee merge request ${project.path}!${merge.iid}`,
    ...{ author: identity(user), committer: identity(user) },
  });
}

function identity({ name, email }: User): Identity {
  return { name, email };
}
