import { z } from "zod";
import { notFound } from "../errors.ts";
import type { JobRecord, Pipeline } from "../records.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { requireBuilds } from "./access.ts";

const scope = z.looseObject({
  scope: z.preprocess(
    (value) => (typeof value === "string" ? [value] : value),
    z.array(z.string()).optional(),
  ),
});

/** @see https://docs.gitlab.com/api/pipelines/ and https://docs.gitlab.com/api/jobs/ */
export const pipelineRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id/pipelines/:pipeline/jobs",
    role: "guest",
    parameters: scope,
    handle: (call, { scope: wanted }) => {
      const pipeline = findPipeline(call);
      const jobs = pipeline.jobs.filter(({ status }) => wanted?.includes(status) ?? true);
      return page(call, jobs.toReversed(), (job) => jobEntity(call, pipeline, job));
    },
  }),
];

function findPipeline(call: Call): Pipeline {
  requireBuilds(call);
  const found = call.project.pipelines.find(({ id }) => String(id) === call.path.pipeline);
  if (found === undefined) throw notFound();
  return found;
}

/** The job of the path. @throws ApiError 404 */
export function findJob(call: Call): JobRecord {
  requireBuilds(call);
  const jobs = call.project.pipelines.flatMap((pipeline) => pipeline.jobs);
  const job = jobs.find(({ id }) => String(id) === call.path.job);
  if (job === undefined) throw notFound();
  return job;
}

/** A pipeline, in a list or by itself. */
export function pipelineEntity(call: Call, pipeline: Pipeline): Record<string, unknown> {
  const { project } = call;
  const { id, iid, sha, ref, source, status, createdAt, updatedAt } = pipeline;
  return {
    id,
    iid,
    project_id: project.id,
    sha,
    ref,
    status,
    source,
    created_at: createdAt,
    updated_at: updatedAt,
    web_url: `${call.url}/${project.path}/-/pipelines/${id}`,
  };
}

function jobEntity(call: Call, pipeline: Pipeline, job: JobRecord): Record<string, unknown> {
  const { id, name, stage, status, createdAt, finishedAt, artifacts } = job;
  const size = [...artifacts.values()].reduce((sum, content) => sum + content.length, 0);
  const filename = "artifacts.zip";
  const archive = { file_type: "archive", size, filename, file_format: "zip" };
  return {
    ...{ id, name, stage, status, ref: pipeline.ref, tag: false, allow_failure: false },
    created_at: createdAt,
    started_at: finishedAt,
    finished_at: finishedAt,
    user: null,
    commit: { id: pipeline.sha, short_id: pipeline.sha.slice(0, 8) },
    pipeline: pipelineEntity(call, pipeline),
    ...(artifacts.size === 0 ? {} : { artifacts_file: { filename, size } }),
    artifacts: artifacts.size === 0 ? [] : [archive],
    artifacts_expire_at: null,
    web_url: `${call.url}/${call.project.path}/-/jobs/${id}`,
  };
}
