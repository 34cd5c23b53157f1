import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ApiError, badRequest, forbidden, invalidRecord, notFound } from "../errors.ts";
import { flag, textList, wholeNumber } from "../parameters.ts";
import { type Call, type Route, route } from "../router.ts";
import { accessLevels, type Runner, type RunnerManager, type RunnerType } from "../state.ts";

const settings = {
  description: z.string().nullish(),
  maintenance_note: z.string().nullish(),
  paused: flag.optional(),
  locked: flag.optional(),
  run_untagged: flag.optional(),
  tag_list: textList.optional(),
  access_level: z.enum(["not_protected", "ref_protected"]).optional(),
  maximum_timeout: wholeNumber.nullish(),
};
const runnerSettings = z.looseObject(settings);
type Settings = z.output<typeof runnerSettings>;

const owner = z.discriminatedUnion("runner_type", [
  z.looseObject({ ...settings, runner_type: z.literal("instance_type") }),
  z.looseObject({ ...settings, runner_type: z.literal("group_type"), group_id: wholeNumber }),
  z.looseObject({ ...settings, runner_type: z.literal("project_type"), project_id: wholeNumber }),
]);

/** Runner records, as users and automation manage them. */
export const runnerRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/user/runners",
    scopes: ["create_runner"],
    parameters: owner,
    handle: (call, parameters) => {
      const scope = creationScope(call, parameters);
      const runner = newRunner(call, parameters.runner_type, scope);
      apply(runner, parameters);
      const [fault] = Object.entries(faults(runner));
      if (fault !== undefined) throw badRequest(`${humanized(fault[0])} ${fault[1][0]}`);
      call.state.runners.push(runner);
      const { id, token, tokenExpiresAt } = runner;
      return { status: 201, body: { id, token, token_expires_at: tokenExpiresAt } };
    },
  }),
  route({
    method: "GET",
    path: "/runners/:id",
    scopes: ["manage_runner"],
    handle: (call) => {
      const runner = findRunner(call);
      if (runner.runnerType !== "instance_type" && !manages(call, runner))
        throw forbidden("No access granted");
      return { status: 200, body: runnerDetails(call, runner) };
    },
  }),
  route({
    method: "GET",
    path: "/runners/:id/managers",
    scopes: ["manage_runner"],
    handle: (call) => {
      const runner = findRunner(call);
      if (!manages(call, runner)) throw forbidden("No access granted");
      return {
        status: 200,
        body: [...runner.managers].map(([systemId, manager]) => managerEntity(runner, systemId, manager)),
      };
    },
  }),
  route({
    method: "PUT",
    path: "/runners/:id",
    scopes: ["manage_runner"],
    parameters: runnerSettings,
    handle: (call, parameters) => {
      const runner = findRunner(call);
      if (!manages(call, runner)) throw forbidden("No access granted");
      checkSomethingGiven(parameters);
      const changed: Runner = { ...runner };
      apply(changed, parameters);
      if (Object.keys(faults(changed)).length > 0) throw invalidRecord(faults(changed));
      Object.assign(runner, changed);
      return { status: 200, body: runnerDetails(call, runner) };
    },
  }),
  route({
    method: "DELETE",
    path: "/runners/:id",
    scopes: ["manage_runner"],
    handle: (call) => {
      const runner = findRunner(call);
      if (!call.user.admin && runner.projectIds.size > 1) {
        throw forbidden("Runner associated with more than one project");
      }
      if (!manages(call, runner)) throw forbidden("No access granted");
      call.state.runners.splice(call.state.runners.indexOf(runner), 1);
      return { status: 204 };
    },
  }),
];

interface CreationScope {
  readonly groupId: number | undefined;
  readonly projectId: number | undefined;
}

/** @throws ApiError 400 where the group or project is missing, 403 where the user may not create a runner there. */
function creationScope(call: Call, parameters: z.output<typeof owner>): CreationScope {
  const { state, user } = call;
  const denied = forbidden("Insufficient permissions");
  switch (parameters.runner_type) {
    case "instance_type":
      if (!user.admin) throw denied;
      return { groupId: undefined, projectId: undefined };
    case "group_type": {
      const group = state.groups.find(({ id }) => id === parameters.group_id);
      if (group === undefined) throw badRequest("Missing/invalid scope");
      if (state.accessLevel(user, group.path) < accessLevels.owner) throw denied;
      return { groupId: group.id, projectId: undefined };
    }
    case "project_type": {
      const project = state.projects.find(({ id }) => id === parameters.project_id);
      if (project === undefined) throw badRequest("Missing/invalid scope");
      if (state.accessLevel(user, project.path) < accessLevels.maintainer) throw denied;
      return { groupId: undefined, projectId: project.id };
    }
  }
}

function newRunner(call: Call, runnerType: RunnerType, { groupId, projectId }: CreationScope): Runner {
  return {
    id: call.state.nextId(),
    runnerType,
    groupId,
    projectIds: new Set(projectId === undefined ? [] : [projectId]),
    createdAt: new Date().toISOString(),
    // The letter after the prefix says what the runner belongs to, as in GitLab 17.7 and later.
    token: `glrt-${{ instance_type: "t1", group_type: "t2", project_type: "t3" }[runnerType]}_${randomBytes(15).toString("base64url")}`,
    tokenExpiresAt: null,
    description: null,
    maintenanceNote: null,
    paused: false,
    locked: false,
    runUntagged: true,
    tagList: [],
    accessLevel: "not_protected",
    maximumTimeout: null,
    contactedAt: null,
    info: {},
    managers: new Map(),
  };
}

function apply(runner: Runner, given: Settings): void {
  if (given.description !== undefined) runner.description = given.description;
  if (given.maintenance_note !== undefined) runner.maintenanceNote = given.maintenance_note;
  if (given.maximum_timeout !== undefined) runner.maximumTimeout = given.maximum_timeout;
  runner.paused = given.paused ?? runner.paused;
  runner.locked = given.locked ?? runner.locked;
  runner.runUntagged = given.run_untagged ?? runner.runUntagged;
  runner.tagList = given.tag_list ?? runner.tagList;
  runner.accessLevel = given.access_level ?? runner.accessLevel;
}

/** The rules of GitLab's runner model that its record breaks. */
function faults(runner: Runner): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  if (!runner.runUntagged && runner.tagList.length === 0) {
    found.tags_list = ["can not be empty when runner is not allowed to pick untagged jobs"];
  }
  if (runner.maximumTimeout !== null && runner.maximumTimeout < 600) {
    found.maximum_timeout = ["needs to be at least 10 minutes"];
  }
  if ((runner.maintenanceNote ?? "").length > 1024) {
    found.maintenance_note = ["is too long (maximum is 1024 characters)"];
  }
  return found;
}

function humanized(name: string): string {
  const words = name.split("_").join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function checkSomethingGiven(given: Settings): void {
  const known = Object.keys(settings);
  if (known.every((name) => given[name] === undefined)) {
    throw new ApiError(400, {
      error: `${known.join(", ")} are missing, at least one parameter must be provided`,
    });
  }
}

function findRunner(call: Call): Runner {
  const runner = call.state.runners.find(({ id }) => String(id) === call.path.id);
  if (runner === undefined) throw notFound("Runner");
  return runner;
}

function manages(call: Call, runner: Runner): boolean {
  const { state, user } = call;
  if (user.admin) return true;
  const group = state.groups.find(({ id }) => id === runner.groupId);
  if (group !== undefined && state.accessLevel(user, group.path) >= accessLevels.owner) return true;
  return state.projects.some(
    ({ id, path }) => runner.projectIds.has(id) && state.accessLevel(user, path) >= accessLevels.maintainer,
  );
}

const hour = 3600 * 1000;

/** @see https://docs.gitlab.com/ci/runners/runners_scope/#runner-statuses */
function statusOf(contactedAt: string | null): "online" | "offline" | "stale" | "never_contacted" {
  if (contactedAt === null) return "never_contacted";
  const silent = Date.now() - Date.parse(contactedAt);
  if (silent <= 2 * hour) return "online";
  return silent <= 7 * 24 * hour ? "offline" : "stale";
}

/** A runner as lists show it. */
export function runnerEntity(runner: Runner): Record<string, unknown> {
  const status = statusOf(runner.contactedAt);
  return {
    id: runner.id,
    description: runner.description,
    ip_address: "127.0.0.1",
    name: "gitlab-runner",
    active: !runner.paused,
    paused: runner.paused,
    is_shared: runner.runnerType === "instance_type",
    runner_type: runner.runnerType,
    online: status === "online",
    created_at: runner.createdAt,
    status,
  };
}

function managerEntity(
  { info }: Runner,
  systemId: string,
  { id, createdAt, contactedAt }: RunnerManager,
): Record<string, unknown> {
  return {
    id,
    system_id: systemId,
    version: info.version ?? null,
    revision: info.revision ?? null,
    platform: info.platform ?? null,
    architecture: info.architecture ?? null,
    created_at: createdAt,
    contacted_at: contactedAt,
    ip_address: "127.0.0.1",
    status: statusOf(contactedAt),
  };
}

function runnerDetails(call: Call, runner: Runner): Record<string, unknown> {
  const { info } = runner;
  const projects = call.state.projects.filter(({ id }) => runner.projectIds.has(id));
  const group = call.state.groups.find(({ id }) => id === runner.groupId);
  return {
    ...runnerEntity(runner),
    tag_list: runner.tagList,
    run_untagged: runner.runUntagged,
    locked: runner.locked,
    maximum_timeout: runner.maximumTimeout,
    access_level: runner.accessLevel,
    maintenance_note: runner.maintenanceNote,
    contacted_at: runner.contactedAt,
    version: info.version ?? null,
    revision: info.revision ?? null,
    platform: info.platform ?? null,
    architecture: info.architecture ?? null,
    projects: projects.map(({ id, path }) => ({ id, path_with_namespace: path })),
    ...(group === undefined ? {} : { groups: [{ id: group.id, name: group.path.split("/").at(-1) }] }),
  };
}
