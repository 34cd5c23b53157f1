import { unauthorized } from "../errors.ts";
import { type Route, route } from "../router.ts";
import { userBasic } from "./users.ts";

/** What a job may ask with its own token. Every other endpoint here answers it `401`, as GitLab's do. */
export const jobRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/job",
    scopes: "anyone",
    handle: (call) => {
      const { job } = call.request;
      if (job === undefined) throw unauthorized();
      const { id, name, stage, ref, tag, sha, project, user, pipeline, startedAt } = job;
      const web_url = `${call.url}/${project.path}/-/jobs/${id}`;
      return {
        status: 200,
        body: {
          ...{ id, name, stage, ref, tag, web_url, status: "running", started_at: startedAt },
          commit: { id: sha, short_id: sha.slice(0, 8) },
          pipeline: { ...pipeline, project_id: project.id, ref, sha, status: "running" },
          user: userBasic(call, user),
        },
      };
    },
  }),
];
