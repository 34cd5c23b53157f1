/** Jobs that run now, and the credentials they have while they do. */
import { randomBytes } from "node:crypto";
import type { Issuer, JobClaims } from "./id-tokens.ts";
import type { Project, RunningJob, State } from "./state.ts";

/** What the stand-in is told of a job that starts. */
export interface NewJob {
  readonly name: string;
  readonly stage: string;
  readonly project: Project;
  /** The user on whose behalf it runs: whoever started the pipeline. */
  readonly username: string;
  readonly pipeline: { readonly id: number; readonly iid: number; readonly source: string };
  readonly ref: {
    readonly type: "branch" | "tag";
    readonly name: string;
    /** Full name: `refs/heads/main`, `refs/merge-requests/1/head`. */
    readonly path: string;
    readonly protected: boolean;
  };
  readonly sha: string;
  readonly environment?: string;
}

/** A job's own credentials, valid until it ends. */
export interface JobCredentials {
  readonly id: number;
  /** CI_JOB_TOKEN. */
  readonly token: string;
  /** One of the job's `id_tokens`. */
  idToken(audience: string | string[]): Promise<string>;
  /** The job has ended: its token is worth nothing any more. */
  finish(): void;
}

/** A job's default timeout, which bounds its ID tokens. Seconds. */
const jobTimeout = 3600;

/**
 * Gives a job its number and its credentials.
 *
 * @see https://docs.gitlab.com/ci/jobs/ci_job_token/
 */
export function startJob(state: State, issuer: Issuer, url: () => string, job: NewJob): JobCredentials {
  const user = state.users.find(({ username }) => username === job.username);
  if (user === undefined) throw new RangeError(`The GitLab stand-in has no user ${job.username}`);
  const running: RunningJob = {
    id: state.nextId(),
    token: `glcbt-64_${randomBytes(15).toString("base64url")}`,
    project: job.project,
    user,
    ended: false,
  };
  state.jobs.push(running);
  return {
    id: running.id,
    token: running.token,
    idToken: (audience) => issuer.sign(url(), audience, claimsOf(state, url(), job, running), jobTimeout),
    finish: () => {
      running.ended = true;
    },
  };
}

function claimsOf(state: State, url: string, job: NewJob, { id, user }: RunningJob): JobClaims {
  const { project, pipeline, ref, sha } = job;
  const namespace = project.path.split("/").slice(0, -1).join("/");
  return {
    namespace_id: String(state.findGroup(namespace)?.id ?? 0),
    namespace_path: namespace,
    project_id: String(project.id),
    project_path: project.path,
    project_visibility: "private",
    user_id: String(user.id),
    user_login: user.username,
    user_email: user.email,
    user_access_level: roleName(state.accessLevel(user, project.path)),
    pipeline_id: String(pipeline.id),
    pipeline_source: pipeline.source,
    job_id: String(id),
    ref: ref.name,
    ref_type: ref.type,
    ref_path: ref.path,
    ref_protected: ref.protected ? "true" : "false",
    runner_id: state.runners.at(0)?.id ?? 0,
    runner_environment: "self-hosted",
    sha,
    ci_config_ref_uri: `${new URL(url).host}/${project.path}//.gitlab-ci.yml@${ref.path}`,
    ci_config_sha: sha,
    ...(job.environment === undefined ? {} : { environment: job.environment }),
  };
}

const roleNames: readonly (readonly [number, string])[] = [
  [50, "owner"],
  [40, "maintainer"],
  [30, "developer"],
  [20, "reporter"],
  [10, "guest"],
];

function roleName(level: number): string {
  return roleNames.find(([least]) => level >= least)?.[1] ?? "none";
}
