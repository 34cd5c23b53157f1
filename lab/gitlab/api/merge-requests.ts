import { z } from "zod";
import { forbidden, notFound, refused, unauthorized } from "../errors.ts";
import { canMerge, performMerge } from "../merge.ts";
import { look } from "../merge-requests.ts";
import { flag } from "../parameters.ts";
import { headPipeline } from "../pipelines.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { type MergeRequest, mayMerge } from "../state.ts";
import { mayReadCode, numbered, requireFeature } from "./access.ts";
import { mergeRequestBasic, mergeRequestEntity } from "./merge-request-entity.ts";

const path = "/projects/:id/merge_requests";

/** @see https://docs.gitlab.com/api/merge_requests/ */
export const mergeRequestRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: `${path}/:merge`,
    handle: async (call) => ({ status: 200, body: await whole(call, await findMergeRequest(call)) }),
  }),
  route({
    method: "PUT",
    path: `${path}/:merge/merge`,
    parameters: z.looseObject({
      squash_commit_message: z.string().optional(),
      squash: flag.optional(),
      should_remove_source_branch: flag.optional(),
      sha: z.string().optional(),
    }),
    handle: async (call, given) => {
      const merge = await findMergeRequest(call);
      const { project, user } = call;
      if (!mayMerge(project, merge.target, user, call.level)) throw unauthorized();
      if (!isMergeable(call, merge)) throw refused(405, "405 Method Not Allowed");
      if (!(await canMerge(project, merge))) throw refused(422, "Branch cannot be merged");
      if (given.sha !== undefined && given.sha !== merge.sha) {
        throw refused(409, `SHA does not match HEAD of source branch: ${merge.sha}`);
      }
      const done = await performMerge(call.state, project, merge, user, {
        squash: project.settings.squash_option === "always" || (given.squash ?? merge.squash),
        removeSourceBranch: given.should_remove_source_branch ?? false,
        squashMessage: given.squash_commit_message,
      });
      if (!done) throw refused(422, "Branch cannot be merged");
      return { status: 200, body: await whole(call, merge) };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/repository/commits/:sha/merge_requests",
    handle: async (call) => {
      if (!mayReadCode(call)) throw forbidden();
      const sha = await call.project.repository.resolve(call.path.sha ?? "");
      if (sha === undefined) throw notFound("Commit");
      const found: MergeRequest[] = [];
      for (const merge of call.project.mergeRequests) {
        await look(call.project, merge);
        if (await brought(call, merge, sha)) found.push(merge);
      }
      return page(call, found, (merge) => mergeRequestBasic(call, merge));
    },
  }),
];

/** The merge request of the path, brought up to date. @throws ApiError 404, also for one the user may not see. */
export async function findMergeRequest(call: Call): Promise<MergeRequest> {
  requireFeature(call, "merge_requests");
  if (!mayReadCode(call)) throw notFound();
  const merge = numbered(call, call.project.mergeRequests, "merge");
  await look(call.project, merge);
  return merge;
}

/** Closes or reopens it; one that is merged stays so. */
export function setState(merge: MergeRequest, event: "close" | "reopen"): void {
  if (merge.state !== "merged") merge.state = event === "close" ? "closed" : "opened";
}

/** Not whether its branch fits: whether it is open and ready, and its pipeline passed where that is asked for. */
function isMergeable({ project }: Call, merge: MergeRequest): boolean {
  if (merge.state !== "opened" || /^\s*(\[draft\]|\(draft\)|draft:)/i.test(merge.title)) return false;
  if (!project.settings.only_allow_merge_if_pipeline_succeeds) return true;
  return headPipeline(project, merge)?.status === "success";
}

async function whole(call: Call, merge: MergeRequest): Promise<unknown> {
  const mergeable = merge.state === "opened" && (await canMerge(call.project, merge));
  return mergeRequestEntity(call, merge, mergeable);
}

/** Whether a commit came with a merge request: as one of its own, or by being merged. */
async function brought({ project }: Call, merge: MergeRequest, sha: string): Promise<boolean> {
  const { merged, base } = merge;
  if (merged !== undefined && [merged.mergeCommit, merged.squashCommit].includes(sha)) return true;
  const commits = await project.repository.commitsBetween(base, merge.sha);
  return commits.some((commit) => commit.sha === sha);
}
