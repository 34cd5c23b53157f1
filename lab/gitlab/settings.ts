/** What a project's and the instance's owners can set, by the names that GitLab's API has for it. */

type FeatureLevel = "disabled" | "private" | "enabled";

/**
 * What a new project of GitLab has.
 *
 * @see https://docs.gitlab.com/api/projects/#edit-a-project
 */
export function newProjectSettings() {
  return {
    archived: false,
    description: "",
    merge_method: "merge" as "merge" | "rebase_merge" | "ff",
    squash_option: "default_off" as "never" | "always" | "default_on" | "default_off",
    only_allow_merge_if_pipeline_succeeds: false,
    remove_source_branch_after_merge: true,
    builds_access_level: "enabled" as FeatureLevel,
    issues_access_level: "enabled" as FeatureLevel,
    merge_requests_access_level: "enabled" as FeatureLevel,
    repository_access_level: "enabled" as FeatureLevel,
    container_registry_access_level: "enabled" as FeatureLevel,
    shared_runners_enabled: true,
    group_runners_enabled: true,
    public_jobs: true,
    keep_latest_artifact: true,
    auto_cancel_pending_pipelines: "enabled",
    build_timeout: 3600,
    ci_config_path: null as string | null,
    ci_default_git_depth: 20,
    ci_separated_caches: true,
    ci_allow_fork_pipelines_to_run_in_parent_project: true,
    ci_job_token_scope_enabled: false,
    ci_push_repository_for_job_token_allowed: false,
    ci_pipeline_variables_minimum_override_role: "developer" as
      | "no_one_allowed"
      | "developer"
      | "maintainer"
      | "owner",
    protect_merge_request_pipelines: true,
  };
}
export type ProjectSettings = ReturnType<typeof newProjectSettings>;

/** A limit of requests, of which every answer of the API tells what is left. */
export interface RateLimit {
  /** Requests in a period. */
  readonly limit: number;
  /** Requests made in this period so far. */
  observed: number;
  /** Seconds. */
  readonly period: number;
  /** When the period began. Milliseconds since 1970. */
  began: number;
}

/** What is true of the whole instance. */
export interface InstanceSettings {
  version: string;
  /** GitLab EE, whatever its licence. */
  enterprise: boolean;
  rateLimit: RateLimit | undefined;
}

/** The release whose behaviour the stand-in follows. */
export const gitlabVersion = "18.8.0";

/** How `configureInstance` of the stand-in is called. What is left out stays. */
export interface InstanceOptions {
  readonly version?: string;
  readonly enterprise?: boolean;
  /** `observed` are requests that somebody has made already; default 0. `period` is in seconds; default 60. */
  readonly rateLimit?: { readonly limit: number; readonly observed?: number; readonly period?: number };
}

/** Sets what is given. */
export function configureInstance(instance: InstanceSettings, given: InstanceOptions): void {
  instance.version = given.version ?? instance.version;
  instance.enterprise = given.enterprise ?? instance.enterprise;
  if (given.rateLimit === undefined) return;
  const { limit, observed = 0, period = 60 } = given.rateLimit;
  instance.rateLimit = { limit, observed, period, began: Date.now() };
}
