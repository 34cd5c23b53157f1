import { z } from "zod";
import { forbidden, invalidRecord, notFound, refused } from "../errors.ts";
import { wholeNumber } from "../parameters.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type Pipeline, type Project } from "../state.ts";
import { runnerEntity } from "./runners.ts";
import { fullName, parentOf } from "./users.ts";

const pattern = z.string().max(255, "is too long (maximum is 255 characters)").nullable();

/** @see https://docs.gitlab.com/api/container_registry/ and the project's attributes */
const cleanupPolicy = z.strictObject({
  enabled: z.boolean().optional(),
  cadence: z.enum(["1d", "7d", "14d", "1month", "3month"]).optional(),
  keep_n: z
    .union([1, 5, 10, 25, 50, 100].map((count) => z.literal(count)))
    .nullable()
    .optional(),
  older_than: z.enum(["7d", "14d", "30d", "60d", "90d"]).nullable().optional(),
  name_regex_delete: pattern.optional(),
  name_regex_keep: pattern.optional(),
});

/** Projects, the runners they may use, and their pipelines. */
export const projectRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id",
    handle: (call) => ({ status: 200, body: projectEntity(call, call.project) }),
  }),
  route({
    method: "PUT",
    path: "/projects/:id",
    role: "maintainer",
    parameters: z.looseObject({ container_expiration_policy_attributes: cleanupPolicy.optional() }),
    handle: (call, { container_expiration_policy_attributes: changed }) => {
      if (changed) {
        const { name_regex_delete: name_regex, ...rest } = changed;
        const renamed = name_regex === undefined ? {} : { name_regex };
        call.project.cleanupPolicy = Object.assign({}, call.project.cleanupPolicy, rest, renamed);
      }
      return { status: 200, body: projectEntity(call, call.project) };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/pipelines",
    role: "guest",
    parameters: z.looseObject({ ref: z.string().optional(), sha: z.string().optional() }),
    handle: (call, { ref, sha }) => {
      const wanted = (pipeline: Pipeline) =>
        (ref === undefined || pipeline.ref === ref) && (sha === undefined || pipeline.sha === sha);
      const found = call.project.pipelines.filter(wanted).toReversed();
      return page(
        call,
        found.map((pipeline) => pipelineEntity(call, pipeline)),
      );
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/pipelines/:pipeline",
    role: "guest",
    handle: (call) => {
      const found = call.project.pipelines.find(({ id }) => String(id) === call.path.pipeline);
      if (found === undefined) throw notFound();
      return { status: 200, body: pipelineEntity(call, found) };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/runners",
    role: "maintainer",
    handle: (call) => {
      const usable = call.state.runners.filter(
        ({ projectIds, runnerType }) => projectIds.has(call.project.id) || runnerType === "instance_type",
      );
      return page(
        call,
        usable.map((runner) => runnerEntity(runner)),
      );
    },
  }),
  route({
    method: "POST",
    path: "/projects/:id/runners",
    role: "maintainer",
    parameters: z.looseObject({ runner_id: wholeNumber }),
    handle: (call, { runner_id }) => {
      const runner = call.state.runners.find(({ id }) => id === runner_id);
      if (runner === undefined) throw notFound("Runner");
      if (runner.runnerType === "group_type") throw forbidden("Runner is a group runner");
      if (runner.locked && !call.user.admin) throw forbidden("Runner is locked");
      if (runner.projectIds.has(call.project.id))
        throw invalidRecord({ runner_id: ["has already been taken"] });
      runner.projectIds.add(call.project.id);
      return { status: 201, body: runnerEntity(runner) };
    },
  }),
  route({
    method: "DELETE",
    path: "/projects/:id/runners/:runner",
    role: "maintainer",
    handle: (call) => {
      const runner = call.state.runners.find(({ id }) => String(id) === call.path.runner);
      if (runner?.projectIds.has(call.project.id) !== true) throw notFound("Runner");
      if (runner.projectIds.size === 1) {
        throw refused(
          403,
          "403 Forbidden - Only one project associated with the runner. Please remove the runner instead",
        );
      }
      runner.projectIds.delete(call.project.id);
      return { status: 204 };
    },
  }),
];

function projectEntity(call: Call, project: Project): Record<string, unknown> {
  const { id, path, defaultBranch, visibility, createdAt } = project;
  const name = path.split("/").at(-1) ?? path;
  const parent = parentOf(path);
  const group = call.state.groups.find((candidate) => candidate.path === parent);
  const host = new URL(call.url).host;
  const level = call.level;
  return {
    id,
    name,
    path: name,
    path_with_namespace: path,
    name_with_namespace: fullName(path),
    description: "",
    default_branch: defaultBranch,
    visibility,
    created_at: createdAt,
    archived: false,
    web_url: `${call.url}/${path}`,
    http_url_to_repo: `${call.url}/${path}.git`,
    ssh_url_to_repo: `git@${host}:${path}.git`,
    topics: [],
    ci_config_path: null,
    empty_repo: false,
    namespace: {
      id: group?.id ?? 0,
      name: parent.split("/").at(-1),
      path: parent.split("/").at(-1),
      kind: "group",
      full_path: parent,
      parent_id: null,
      web_url: `${call.url}/groups/${parent}`,
    },
    container_registry_enabled: true,
    container_expiration_policy: project.cleanupPolicy,
    container_registry_access_level: "enabled",
    jobs_enabled: true,
    builds_access_level: "enabled",
    shared_runners_enabled: true,
    group_runners_enabled: true,
    build_timeout: 3600,
    ci_default_git_depth: 20,
    permissions: {
      project_access: level > accessLevels.none ? { access_level: level, notification_level: 3 } : null,
      group_access: null,
    },
  };
}

function pipelineEntity(call: Call, pipeline: Pipeline): Record<string, unknown> {
  const { id, iid, sha, ref, source, status, createdAt } = pipeline;
  return {
    id,
    iid,
    project_id: call.project.id,
    sha,
    ref,
    status,
    source,
    ...{
      created_at: createdAt,
      updated_at: createdAt,
      web_url: `${call.url}/${call.project.path}/-/pipelines/${id}`,
    },
  };
}
