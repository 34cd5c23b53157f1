import { badRequest, forbidden, notFound } from "../errors.ts";
import type { ArtifactAccess, JobRecord } from "../records.ts";
import { type Call, type Reply, type Route, route } from "../router.ts";
import { accessLevels } from "../state.ts";
import { findJob } from "./pipelines.ts";

/** What jobs left behind. @see https://docs.gitlab.com/api/job_artifacts/ */
export const artifactRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id/jobs/:job/artifacts/*file",
    handle: (call) => file(call, findJob(call)),
  }),
];

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
