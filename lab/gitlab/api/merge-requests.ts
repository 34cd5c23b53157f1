import { z } from "zod";
import { LabError } from "../../errors.ts";
import { forbidden, invalidRecord, notFound, refused, unauthorized } from "../errors.ts";
import { canMerge, performMerge } from "../merge.ts";
import { look, newMergeRequest, openOneOf } from "../merge-requests.ts";
import { filledText, flag, textList, wholeNumber } from "../parameters.ts";
import { headPipeline, pipelinesOf } from "../pipelines.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type MergeRequest, mayMerge } from "../state.ts";
import { mayReadCode, numbered, requireBuilds, requireFeature } from "./access.ts";
import { commitEntity } from "./branches.ts";
import { diffEntities } from "./diffs.ts";
import { listParameters, selected } from "./lists.ts";
import { mergeRequestBasic, mergeRequestEntity } from "./merge-request-entity.ts";
import { pipelineEntity } from "./pipelines.ts";

const path = "/projects/:id/merge_requests";
const descriptionLimit = 1_048_576;
const texts = {
  description: z.string().optional(),
  labels: textList.optional(),
  squash: flag.optional(),
  remove_source_branch: flag.optional(),
};

/** @see https://docs.gitlab.com/api/merge_requests/ */
export const mergeRequestRoutes: readonly Route[] = [
  route({
    method: "GET",
    path,
    parameters: z.looseObject({
      ...listParameters,
      state: z.enum(["opened", "closed", "locked", "merged", "all"]).optional(),
      source_branch: z.string().optional(),
      target_branch: z.string().optional(),
    }),
    handle: async (call, { state = "all", source_branch, target_branch, ...given }) => {
      requireFeature(call, "merge_requests");
      if (!mayReadCode(call)) throw forbidden();
      const { mergeRequests } = call.project;
      for (const merge of mergeRequests) await look(call.project, merge);
      const found = selected(mergeRequests, call.user, given).filter(
        (one) =>
          (state === "all" || one.state === state) &&
          (source_branch === undefined || one.source === source_branch) &&
          (target_branch === undefined || one.target === target_branch),
      );
      return page(
        call,
        found.map((merge) => mergeRequestBasic(call, merge)),
      );
    },
  }),
  route({
    method: "POST",
    path,
    role: "developer",
    parameters: z.looseObject({
      ...texts,
      title: filledText,
      source_branch: filledText,
      target_branch: filledText,
      target_project_id: wholeNumber.optional(),
    }),
    handle: async (call, given) => {
      const from = call.project;
      const project = targetOf(call, given.target_project_id);
      checkDescription(given.description);
      const { title, description, labels, squash, remove_source_branch: removeSourceBranch } = given;
      const branches = { from, source: given.source_branch, target: given.target_branch };
      const open = openOneOf(project, branches);
      if (open !== undefined) {
        throw refused(409, [
          `Another open merge request already exists for this source branch: !${open.iid}`,
        ]);
      }
      if (from === project && branches.source === branches.target) {
        throw refused(422, ["You can't use same project/branch for source and target"]);
      }
      const opened = await newMergeRequest(call.state, project, call.user, {
        ...branches,
        ...{ title, description, labels, squash, removeSourceBranch },
      }).catch((error: unknown) => {
        throw error instanceof LabError ? refused(422, [error.message]) : error;
      });
      return { status: 201, body: await whole(call, opened, project) };
    },
  }),
  route({
    method: "GET",
    path: `${path}/:merge`,
    handle: async (call) => ({ status: 200, body: await whole(call, await findMergeRequest(call)) }),
  }),
  route({
    method: "PUT",
    path: `${path}/:merge`,
    parameters: z.looseObject({
      ...texts,
      title: filledText.optional(),
      target_branch: filledText.optional(),
      state_event: z.enum(["close", "reopen"]).optional(),
    }),
    handle: async (call, given) => {
      const merge = await findMergeRequest(call);
      if (call.level < accessLevels.developer && merge.author !== call.user) throw forbidden();
      checkDescription(given.description);
      merge.title = given.title ?? merge.title;
      merge.description = given.description ?? merge.description;
      merge.labels = given.labels ?? merge.labels;
      merge.squash = given.squash ?? merge.squash;
      merge.removeSourceBranch = given.remove_source_branch ?? merge.removeSourceBranch;
      merge.target = given.target_branch ?? merge.target;
      if (given.state_event !== undefined) setState(merge, given.state_event);
      merge.updatedAt = new Date().toISOString();
      return { status: 200, body: await whole(call, merge) };
    },
  }),
  route({
    method: "PUT",
    path: `${path}/:merge/merge`,
    parameters: z.looseObject({
      merge_commit_message: z.string().optional(),
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
        removeSourceBranch: given.should_remove_source_branch ?? merge.removeSourceBranch,
        message: given.merge_commit_message,
        squashMessage: given.squash_commit_message,
      });
      if (!done) throw refused(422, "Branch cannot be merged");
      return { status: 200, body: await whole(call, merge) };
    },
  }),
  route({
    method: "GET",
    path: `${path}/:merge/commits`,
    handle: async (call) => {
      const { base, sha } = await findMergeRequest(call);
      return page(call, (await call.project.repository.commitsBetween(base, sha)).map(commitEntity));
    },
  }),
  route({
    method: "GET",
    path: `${path}/:merge/diffs`,
    handle: async (call) => {
      const { base, sha } = await findMergeRequest(call);
      return page(call, diffEntities(await call.project.repository.diff(base, sha)));
    },
  }),
  route({
    method: "GET",
    path: `${path}/:merge/pipelines`,
    handle: async (call) => {
      requireBuilds(call);
      const merge = await findMergeRequest(call);
      return page(
        call,
        pipelinesOf(call.project, merge).map((pipeline) => pipelineEntity(call, pipeline)),
      );
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/repository/commits/:sha/merge_requests",
    parameters: z.looseObject({ state: z.enum(["opened", "closed", "locked", "merged"]).optional() }),
    handle: async (call, { state }) => {
      if (!mayReadCode(call)) throw forbidden();
      const sha = await call.project.repository.resolve(call.path.sha ?? "");
      if (sha === undefined) throw notFound("Commit");
      const found: MergeRequest[] = [];
      for (const merge of call.project.mergeRequests) {
        await look(call.project, merge);
        if (state !== undefined && merge.state !== state) continue;
        if (await brought(call, merge, sha)) found.push(merge);
      }
      return page(
        call,
        found.map((merge) => mergeRequestBasic(call, merge)),
      );
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

function targetOf(call: Call, id: number | undefined) {
  const project = id === undefined ? call.project : call.state.findProject(String(id));
  if (project === undefined) throw notFound("Project");
  if (
    project.visibility === "private" &&
    call.state.accessLevel(call.user, project.path) < accessLevels.reporter
  ) {
    throw notFound("Project");
  }
  return project;
}

function checkDescription(description = ""): void {
  if (description.length <= descriptionLimit) return;
  throw invalidRecord({ description: [`is too long (maximum is ${descriptionLimit} characters)`] });
}

/** Not whether its branch fits: whether it is open and ready, and its pipeline passed where that is asked for. */
function isMergeable({ project }: Call, merge: MergeRequest): boolean {
  if (merge.state !== "opened" || /^\s*(\[draft\]|\(draft\)|draft:)/i.test(merge.title)) return false;
  if (!project.settings.only_allow_merge_if_pipeline_succeeds) return true;
  return headPipeline(project, merge)?.status === "success";
}

async function whole(call: Call, merge: MergeRequest, project = call.project): Promise<unknown> {
  const mergeable = merge.state === "opened" && (await canMerge(project, merge));
  return mergeRequestEntity(call, merge, { project, mergeable });
}

/** Whether a commit came with a merge request: as one of its own, or by being merged. */
async function brought({ project }: Call, merge: MergeRequest, sha: string): Promise<boolean> {
  const { merged, base } = merge;
  if (merged !== undefined && [merged.mergeCommit, merged.squashCommit].includes(sha)) return true;
  const commits = await project.repository.commitsBetween(base, merge.sha);
  return commits.some((commit) => commit.sha === sha);
}
