/** A merge request as GitLab shows it. */
import { headPipeline } from "../pipelines.ts";
import type { Call } from "../router.ts";
import { type MergeRequest, mayMerge } from "../state.ts";
import { references } from "./access.ts";
import { pipelineEntity } from "./pipelines.ts";
import { userBasic } from "./users.ts";

/** In a list. */
export function mergeRequestBasic(call: Call, merge: MergeRequest): Record<string, unknown> {
  const { project } = call;
  const { id, iid, title, state, merged, sha } = merge;
  const draft = /^\s*(\[draft\]|\(draft\)|draft:)/i.test(title);
  return {
    ...{ id, iid, title, description: "", state, labels: [], draft, work_in_progress: draft, sha },
    project_id: project.id,
    source_project_id: merge.from.id,
    target_project_id: project.id,
    source_branch: merge.source,
    target_branch: merge.target,
    author: userBasic(call, merge.author),
    created_at: merge.createdAt,
    updated_at: merge.updatedAt,
    merged_at: merged?.at ?? null,
    merge_user: merged === undefined ? null : userBasic(call, merged.by),
    merged_by: merged === undefined ? null : userBasic(call, merged.by),
    merge_commit_sha: merged?.mergeCommit ?? null,
    squash_commit_sha: merged?.squashCommit ?? null,
    squash: merge.squash,
    should_remove_source_branch: null,
    force_remove_source_branch: false,
    user_notes_count: merge.notes.length,
    references: references(project, "!", iid),
    reference: `!${iid}`,
    web_url: `${call.url}/${project.path}/-/merge_requests/${iid}`,
  };
}

/** By itself. */
export function mergeRequestEntity(
  call: Call,
  merge: MergeRequest,
  mergeable: boolean,
): Record<string, unknown> {
  const { project } = call;
  const pipeline = headPipeline(project, merge);
  const basic = mergeRequestBasic(call, merge);
  return {
    ...basic,
    merge_status: mergeable || merge.state !== "opened" ? "can_be_merged" : "cannot_be_merged",
    detailed_merge_status: detailedStatus(merge, basic.draft === true, mergeable),
    has_conflicts: merge.state === "opened" && !mergeable,
    diff_refs: { base_sha: merge.base, head_sha: merge.sha, start_sha: merge.base },
    head_pipeline: pipeline === undefined ? null : pipelineEntity(call, pipeline),
    user: {
      can_merge: mayMerge(project, merge.target, call.user, call.level),
    },
  };
}

function detailedStatus(merge: MergeRequest, draft: boolean, mergeable: boolean): string {
  if (merge.state !== "opened") return "not_open";
  if (draft) return "draft_status";
  return mergeable ? "mergeable" : "conflict";
}
