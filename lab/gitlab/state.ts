import type { Issue, MergeRequestFrom, Pipeline } from "./records.ts";
import type { Repository } from "./repository.ts";
import { gitlabVersion, type InstanceSettings, type ProjectSettings } from "./settings.ts";
import { accessLevels, type User } from "./users.ts";

export { accessLevels, type Role, type User } from "./users.ts";

export const scopes = [
  "api",
  "read_api",
  "read_user",
  "create_runner",
  "manage_runner",
  "read_repository",
  "write_repository",
  "read_registry",
  "write_registry",
] as const;
export type Scope = (typeof scopes)[number];

export interface AccessToken {
  readonly id: number;
  readonly value: string;
  readonly name: string;
  readonly user: User;
  readonly scopes: readonly Scope[];
  /** Last day, `YYYY-MM-DD`. */
  readonly expiresAt: string | null;
  readonly createdAt: string;
  revoked: boolean;
}

export interface Group {
  readonly id: number;
  /** Full path: `acme/platform`. */
  readonly path: string;
  readonly createdAt: string;
}

export type RunnerType = "instance_type" | "group_type" | "project_type";

/** One `gitlab-runner` process that uses a runner's token. */
export interface RunnerManager {
  readonly id: number;
  readonly createdAt: string;
  readonly contactedAt: string;
}

export interface Runner {
  readonly id: number;
  readonly runnerType: RunnerType;
  readonly groupId: number | undefined;
  readonly projectIds: Set<number>;
  readonly createdAt: string;
  token: string;
  tokenExpiresAt: string | null;
  description: string | null;
  maintenanceNote: string | null;
  paused: boolean;
  locked: boolean;
  runUntagged: boolean;
  tagList: string[];
  accessLevel: "not_protected" | "ref_protected";
  /** Seconds. */
  maximumTimeout: number | null;
  contactedAt: string | null;
  /** What the runner said of itself when it last called. */
  info: { version?: string; revision?: string; platform?: string; architecture?: string };
  /** By the system id that each process made for itself. */
  readonly managers: Map<string, RunnerManager>;
}

export interface Variable {
  readonly key: string;
  value: string;
  description: string | null;
  variableType: "env_var" | "file";
  environmentScope: string;
  protected: boolean;
  masked: boolean;
  hidden: boolean;
  raw: boolean;
}

export interface ProtectedBranch {
  readonly id: number;
  readonly name: string;
  readonly pushLevel: number;
  readonly mergeLevel: number;
}

export interface ProtectedTag {
  readonly id: number;
  readonly name: string;
  readonly createLevel: number;
}

/** A rule for tags or repositories of the container registry. */
export interface RegistryRule {
  readonly id: number;
  readonly pattern: string;
  readonly pushLevel: string | null;
  readonly deleteLevel: string | null;
}

export interface ScheduleVariable {
  readonly key: string;
  value: string;
  variableType: "env_var" | "file";
}

export interface Schedule {
  readonly id: number;
  readonly createdAt: string;
  description: string;
  ref: string;
  cron: string;
  cronTimezone: string;
  active: boolean;
  readonly owner: User;
  updatedAt: string;
  readonly variables: ScheduleVariable[];
}

/** A job that was started. */
export interface RunningJob {
  readonly id: number;
  readonly token: string;
  readonly project: Project;
  readonly user: User;
  /** Its token is worth nothing any more. */
  ended: boolean;
}

/** GitLab's `container_expiration_policy` of a new project. */
export const NO_CLEANUP = {
  enabled: false,
  cadence: "1d",
  keep_n: 10,
  older_than: "90d",
  name_regex: ".*",
  name_regex_keep: null as string | null,
};

export interface Project {
  readonly id: number;
  /** Full path: `acme/shop`. */
  readonly path: string;
  readonly defaultBranch: string;
  readonly createdAt: string;
  readonly repository: Repository;
  readonly variables: Variable[];
  readonly protectedBranches: ProtectedBranch[];
  readonly protectedTags: ProtectedTag[];
  readonly tagRules: RegistryRule[];
  readonly repositoryRules: RegistryRule[];
  readonly schedules: Schedule[];
  readonly pipelines: Pipeline[];
  readonly mergeRequests: MergeRequest[];
  readonly issues: Issue[];
  readonly settings: ProjectSettings;
  cleanupPolicy: Readonly<typeof NO_CLEANUP>;
}

/** Everything the stand-in knows, apart from what is in Git. */
/** From a fork, or from the project itself. */
export type MergeRequest = MergeRequestFrom<Project>;

export class State {
  readonly users: User[] = [];
  readonly tokens: AccessToken[] = [];
  readonly groups: Group[] = [];
  readonly projects: Project[] = [];
  readonly runners: Runner[] = [];
  readonly jobs: RunningJob[] = [];
  readonly instance: InstanceSettings = { version: gitlabVersion, enterprise: false, rateLimit: undefined };
  #lastId = 0;

  /** A number that nothing else here has. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** By number or full path, as every `:id` of GitLab's API takes it. */
  findProject(idOrPath: string): Project | undefined {
    return find(this.projects, idOrPath);
  }

  findGroup(idOrPath: string): Group | undefined {
    return find(this.groups, idOrPath);
  }

  /** The user's access level on a group or project, by full path; 0 when it is none of the user's. */
  accessLevel(user: User, path: string): number {
    if (user.admin) return accessLevels.owner;
    const levels = [...user.roles]
      .filter(([holder]) => path === holder || path.startsWith(`${holder}/`))
      .map(([, role]) => accessLevels[role]);
    return Math.max(accessLevels.none, ...levels);
  }
}

function find<T extends { readonly id: number; readonly path: string }>(
  list: readonly T[],
  idOrPath: string,
): T | undefined {
  return list.find((item) => String(item.id) === idOrPath || item.path === idOrPath);
}

/** Whether a name matches a protection's name, in which `*` stands for anything. */
export function matchesWildcard(pattern: string, name: string): boolean {
  const literal = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${pattern.split("*").map(literal).join(".*")}$`, "s").test(name);
}

/** Whether that access level may push to a branch: the most permissive matching protection decides. */
export function mayPush(project: Project, branch: string, user: User, level: number): boolean {
  return mayChange(project, branch, user, level, "pushLevel");
}

/** Whether that access level may merge into a branch: who may push there may do so as well. */
export function mayMerge(project: Project, branch: string, user: User, level: number): boolean {
  return (
    mayChange(project, branch, user, level, "mergeLevel") ||
    mayChange(project, branch, user, level, "pushLevel")
  );
}

function mayChange(
  project: Project,
  branch: string,
  user: User,
  level: number,
  by: "pushLevel" | "mergeLevel",
): boolean {
  if (project.settings.archived) return false;
  const rules = project.protectedBranches.filter((rule) => matchesWildcard(rule.name, branch));
  if (rules.length === 0) return level >= accessLevels.developer;
  return rules.some((rule) =>
    rule[by] === accessLevels.admin ? user.admin : rule[by] !== accessLevels.none && level >= rule[by],
  );
}
