import { z } from "zod";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type Project, type Runner } from "../state.ts";
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

/** Projects, and the runners they may use. */
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
    parameters: z.looseObject({ container_expiration_policy_attributes: cleanupPolicy }),
    handle: (call, { container_expiration_policy_attributes: changed }) => {
      const { name_regex_delete: name_regex, ...rest } = changed;
      const renamed = name_regex === undefined ? {} : { name_regex };
      call.project.cleanupPolicy = Object.assign({}, call.project.cleanupPolicy, rest, renamed);
      return { status: 200, body: projectEntity(call, call.project) };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:id/runners",
    role: "maintainer",
    handle: (call) => {
      const usable = call.state.runners.filter((runner) => isUsable(call, runner));
      return page(call, usable, (runner) => runnerEntity(runner));
    },
  }),
];

/** Its own runners, those of the groups above it, and the instance's, as far as the project takes them. */
function isUsable({ state, project }: Call, { projectIds, groupId, runnerType }: Runner): boolean {
  const { shared_runners_enabled: shared, group_runners_enabled: ofGroups } = project.settings;
  const group = state.groups.find(({ id }) => id === groupId);
  if (runnerType === "instance_type") return shared;
  if (runnerType === "project_type") return projectIds.has(project.id);
  return ofGroups && group !== undefined && project.path.startsWith(`${group.path}/`);
}

function projectEntity(call: Call, project: Project): Record<string, unknown> {
  const { id, path, defaultBranch, createdAt } = project;
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
    ...project.settings,
    default_branch: defaultBranch,
    visibility: "private",
    created_at: createdAt,
    web_url: `${call.url}/${path}`,
    http_url_to_repo: `${call.url}/${path}.git`,
    ssh_url_to_repo: `git@${host}:${path}.git`,
    topics: [],
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
    container_registry_enabled: project.settings.container_registry_access_level !== "disabled",
    container_expiration_policy: project.cleanupPolicy,
    jobs_enabled: project.settings.builds_access_level !== "disabled",
    permissions: {
      project_access: level > accessLevels.none ? { access_level: level, notification_level: 3 } : null,
      group_access: null,
    },
  };
}
