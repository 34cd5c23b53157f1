/** What a project's and the instance's owners can set, by the names that GitLab's API has for it. */
import { z } from "zod";
import { flag, wholeNumber } from "./parameters.ts";

const featureLevel = z.enum(["disabled", "private", "enabled"]);

/** @see https://docs.gitlab.com/api/projects/#edit-a-project */
export const projectSettings = z.looseObject({
  description: z.string(),
  merge_method: z.enum(["merge", "rebase_merge", "ff"]),
  squash_option: z.enum(["never", "always", "default_on", "default_off"]),
  only_allow_merge_if_pipeline_succeeds: flag,
  remove_source_branch_after_merge: flag,
  builds_access_level: featureLevel,
  issues_access_level: featureLevel,
  merge_requests_access_level: featureLevel,
  repository_access_level: featureLevel,
  container_registry_access_level: featureLevel,
  shared_runners_enabled: flag,
  group_runners_enabled: flag,
  public_jobs: flag,
  keep_latest_artifact: flag,
  auto_cancel_pending_pipelines: z.enum(["disabled", "enabled"]),
  build_timeout: wholeNumber,
  ci_config_path: z.string().nullable(),
  ci_default_git_depth: wholeNumber.nullable(),
  ci_separated_caches: flag,
  ci_allow_fork_pipelines_to_run_in_parent_project: flag,
  ci_job_token_scope_enabled: flag,
  ci_push_repository_for_job_token_allowed: flag,
  ci_pipeline_variables_minimum_override_role: z.enum(["no_one_allowed", "developer", "maintainer", "owner"]),
  protect_merge_request_pipelines: flag,
});

export interface ProjectSettings extends z.output<typeof projectSettings> {
  /** Read-only: set by requests of their own, not by an edit. */
  archived: boolean;
}

/** What a new project of GitLab has. */
export function newProjectSettings(): ProjectSettings {
  return {
    archived: false,
    description: "",
    merge_method: "merge",
    squash_option: "default_off",
    only_allow_merge_if_pipeline_succeeds: false,
    remove_source_branch_after_merge: true,
    builds_access_level: "enabled",
    issues_access_level: "enabled",
    merge_requests_access_level: "enabled",
    repository_access_level: "enabled",
    container_registry_access_level: "enabled",
    shared_runners_enabled: true,
    group_runners_enabled: true,
    public_jobs: true,
    keep_latest_artifact: true,
    auto_cancel_pending_pipelines: "enabled",
    build_timeout: 3600,
    ci_config_path: null,
    ci_default_git_depth: 20,
    ci_separated_caches: true,
    ci_allow_fork_pipelines_to_run_in_parent_project: true,
    ci_job_token_scope_enabled: false,
    ci_push_repository_for_job_token_allowed: false,
    ci_pipeline_variables_minimum_override_role: "developer",
    protect_merge_request_pipelines: true,
  };
}

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
