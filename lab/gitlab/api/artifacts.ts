import { z } from "zod";
import { badRequest, forbidden, notFound } from "../errors.ts";
import { filledText } from "../parameters.ts";
import type { ArtifactAccess, JobRecord } from "../records.ts";
import { type Call, type Reply, type Route, route } from "../router.ts";
import { accessLevels } from "../state.ts";
import { storedZip } from "../zip.ts";
import { requireBuilds } from "./access.ts";
import { findJob } from "./pipelines.ts";

const byName = z.looseObject({ job: filledText });

/**
 * What jobs left behind. A job may ask for those of its own project with its own token.
 *
 * @see https://docs.gitlab.com/api/job_artifacts/
 */
export const artifactRoutes: readonly Route[] = [
  // Before a job's own: `artifacts` is no job's number.
  route({
    method: "GET",
    path: "/projects/:id/jobs/artifacts/:ref/raw/*file",
    jobToken: true,
    parameters: byName,
    handle: (call, { job }) => file(call, latest(call, job)),
  }),
  route({
    method: "GET",
    path: "/projects/:id/jobs/artifacts/:ref/download",
    jobToken: true,
    parameters: byName,
    handle: (call, { job }) => archive(call, latest(call, job)),
  }),
  route({
    method: "GET",
    path: "/projects/:id/jobs/:job/artifacts",
    jobToken: true,
    handle: (call) => archive(call, findJob(call).job),
  }),
  route({
    method: "GET",
    path: "/projects/:id/jobs/:job/artifacts/*file",
    jobToken: true,
    handle: (call) => file(call, findJob(call).job),
  }),
];

/** The job of that name in the latest pipeline of the branch or tag that succeeded. */
function latest(call: Call, name: string): JobRecord {
  requireBuilds(call);
  const pipeline = call.project.pipelines.findLast(
    ({ ref, status }) => ref === call.path.ref && status === "success",
  );
  const job = pipeline?.jobs.findLast((one) => one.name === name);
  if (job === undefined) throw notFound();
  return job;
}

const least: Readonly<Record<ArtifactAccess, number>> = {
  all: accessLevels.none,
  developer: accessLevels.developer,
  maintainer: accessLevels.maintainer,
  none: Number.POSITIVE_INFINITY,
};

/** @see https://docs.gitlab.com/ci/yaml/#artifactsaccess */
function checkAccess(call: Call, { access }: JobRecord): void {
  if (call.level < least[access]) throw forbidden();
}

function file(call: Call, job: JobRecord): Reply {
  checkAccess(call, job);
  const name = call.path.file ?? "";
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw badRequest("Invalid path provided");
  }
  const body = job.artifacts.get(name);
  if (body === undefined) throw notFound();
  return { status: 200, body };
}

function archive(call: Call, job: JobRecord): Reply {
  checkAccess(call, job);
  if (job.artifacts.size === 0) throw notFound();
  const headers = {
    "content-type": "application/zip",
    "content-disposition": 'attachment; filename="artifacts.zip"',
  };
  return { status: 200, body: storedZip(job.artifacts), headers };
}
