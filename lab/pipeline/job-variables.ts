/** Everything that one job finds in its environment. */
import type { JobCredentials } from "../gitlab/index.ts";
import type { Commit, PipelineContext, ProjectVariable, RunVariable, Variables } from "./context.ts";
import type { ExpandedJob } from "./expanded.ts";
import type { PlannedJob } from "./plan.ts";
import { predefinedVariables, slug } from "./predefined.ts";
import type { PipelineRunner } from "./runners.ts";
import {
  expand,
  fileDirectory,
  type JobVariables,
  literals,
  projectValues,
  runValues,
  type Secrets,
} from "./variables.ts";

export interface JobVariablesInput {
  readonly context: PipelineContext;
  readonly commit: Commit;
  readonly job: PlannedJob;
  readonly runner: PipelineRunner;
  readonly credentials: JobCredentials;
  /** The project's. */
  readonly variables: readonly ProjectVariable[];
  /** Of the run, then of the person who started a manual job. */
  readonly runVariables: readonly RunVariable[];
  /** What jobs before handed on. */
  readonly dotenv: Variables;
  /** PEM of GitLab's authority; undefined where the job needs none. */
  readonly ca: string | undefined;
  readonly secrets: Secrets;
}

/** Name of a job's environment, its variables expanded; undefined for a job without one. */
export function environmentOf(job: ExpandedJob, variables: Variables): string | undefined {
  const { environment } = job;
  if (environment === null || environment === undefined) return undefined;
  return expand(typeof environment === "string" ? environment : environment.name, variables);
}

/**
 * A job's variables, the later before the earlier: predefined, the file's, dotenv reports', the project's, the run's.
 *
 * @see https://docs.gitlab.com/ci/variables/#cicd-variable-precedence
 */
export async function jobVariables(input: JobVariablesInput): Promise<JobVariables> {
  const { context, commit, job, credentials, secrets, ca } = input;
  const projectPath = context.project.path;
  const predefined = {
    ...literals({ ...predefinedVariables(context, commit), ...ownVariables(input) }),
    ...credentialVariables(input),
  };
  const known = { ...predefined, ...job.variables };
  const environment = environmentOf(job.cell.job, known);
  const project = projectValues(
    input.variables,
    {
      protectedRef: context.ref.protected,
      projectPath,
      ...(environment === undefined ? {} : { environment }),
    },
    secrets,
  );
  const run = runValues(input.runVariables, projectPath);
  const values = { ...known, ...literals(input.dotenv), ...project.values, ...run.values };
  const tokens: Record<string, string> = {};
  for (const [name, { aud }] of Object.entries(job.cell.job.id_tokens ?? {})) {
    const audience = Array.isArray(aud) ? aud.map((one) => expand(one, values)) : expand(aud, values);
    tokens[name] = secrets.hide(name, await credentials.idToken(audience));
  }
  return {
    values: { ...values, ...tokens },
    files: { ...project.files, ...run.files, ...(ca === undefined ? {} : { CI_SERVER_TLS_CA_FILE: ca }) },
  };
}

function ownVariables({ context, job, runner, credentials, ca }: JobVariablesInput): Variables {
  const { project } = context;
  const { cell } = job;
  const temporary = fileDirectory(project.path);
  return {
    CI_BUILDS_DIR: "/builds",
    CI_CONCURRENT_ID: "0",
    CI_CONCURRENT_PROJECT_ID: "0",
    CI_JOB_GROUP_NAME: cell.base,
    CI_JOB_ID: String(credentials.id),
    CI_JOB_NAME: job.name,
    CI_JOB_NAME_SLUG: slug(job.name),
    CI_JOB_STAGE: job.stage,
    CI_JOB_TIMEOUT: "3600",
    CI_JOB_URL: `${project.url}/-/jobs/${credentials.id}`,
    CI_NODE_TOTAL: String(cell.total),
    CI_PROJECT_DIR: `/builds/${project.path}`,
    CI_RUNNER_DESCRIPTION: runner.name,
    CI_RUNNER_TAGS: JSON.stringify(runner.tags),
    RUNNER_TEMP_PROJECT_DIR: temporary,
    ...(cell.index === undefined ? {} : { CI_NODE_INDEX: String(cell.index) }),
    ...(job.when === "manual" ? { CI_JOB_MANUAL: "true" } : {}),
    ...(ca === undefined ? {} : { CI_SERVER_TLS_CA_FILE: `${temporary}/CI_SERVER_TLS_CA_FILE` }),
  };
}

function credentialVariables({ context, credentials, secrets }: JobVariablesInput): Variables {
  const token = secrets.hide("CI_JOB_TOKEN", credentials.token);
  return {
    CI_JOB_TOKEN: token,
    CI_REPOSITORY_URL: repositoryUrl(context, token),
    // The job's token again, which ends with the job.
    ...(context.registry === undefined
      ? {}
      : { CI_REGISTRY_USER: "gitlab-ci-token", CI_REGISTRY_PASSWORD: token }),
  };
}

/** The project's address for Git, with the job's token in it unless Git gets that from elsewhere. */
export function repositoryUrl({ project }: PipelineContext, token: string | undefined): string {
  return `${token === undefined ? project.url : project.url.replace("://", `://gitlab-ci-token:${token}@`)}.git`;
}
