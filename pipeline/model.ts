/**
 * GitLab CI as types: the keywords that are used here, and wrong pipelines hard to write.
 * @see https://docs.gitlab.com/ci/yaml/
 */

/** Names an image, and carries what a bare name cannot. */
export interface ImageUse {
  readonly name: string;
  readonly entrypoint?: readonly string[];
}

/** A container beside the job's own, reached under its alias. */
export interface Service {
  readonly name: string;
  readonly alias: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** When a job starts, once its rule matches. */
export type When = "on_success" | "on_failure" | "never" | "manual" | "always";

/** `if` conditions are GitLab's expressions; a rule without one always matches. */
export interface Rule {
  readonly if?: string;
  /**
   * Patterns of files, 50 at most. Without a push to compare with (tags, schedules, a branch's first pipeline) they match.
   * @see https://docs.gitlab.com/ci/yaml/#ruleschanges
   */
  readonly changes?: readonly [string, ...string[]];
  readonly exists?: readonly [string, ...string[]];
  readonly when?: When;
  readonly allow_failure?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

/** At least one: a job with an empty list would never start. */
export type Rules = readonly [Rule, ...Rule[]];

/** What GitLab reports for faults of a runner, never of a job's own script. */
export type RunnerFault =
  | "runner_system_failure"
  | "scheduler_failure"
  | "unknown_failure"
  | "data_integrity_failure";

export interface Retry {
  readonly max: 1 | 2;
  readonly when: readonly [RunnerFault, ...RunnerFault[]];
}

/**
 * Reports that GitLab reads: shown in merge requests and on the security pages.
 * @see https://docs.gitlab.com/ci/yaml/artifacts_reports/
 */
export interface Reports {
  readonly codequality?: string;
  readonly container_scanning?: string;
  readonly coverage_report?: { readonly coverage_format: "cobertura" | "jacoco"; readonly path: string };
  readonly cyclonedx?: readonly string[];
  readonly junit?: readonly string[];
  /** `{"create":1,"update":0,"delete":0}`: how many resources a plan would touch. */
  readonly terraform?: string;
}

/**
 * Who may fetch a job's artifacts over the web and the API, its reports included; `all` unless set.
 * @see https://docs.gitlab.com/ci/yaml/#artifactsaccess
 */
export type ArtifactsAccess = "all" | "developer" | "maintainer" | "none";

export interface Artifacts {
  readonly reports?: Reports;
  readonly paths?: readonly string[];
  readonly access?: ArtifactsAccess;
  readonly expire_in?: string;
  readonly when?: "on_success" | "on_failure" | "always";
}

/**
 * Files that jobs leave to later pipelines. Protected refs and others have separate ones.
 * @see https://docs.gitlab.com/ci/yaml/#cache
 */
export interface Cache {
  /** A new cache whenever one of these files changes. */
  readonly key: { readonly files: readonly [string] | readonly [string, string] };
  readonly paths: readonly string[];
}

/**
 * What kind of environment it is.
 * @see https://docs.gitlab.com/ci/yaml/#environmentdeployment_tier
 */
export type DeploymentTier = "production" | "staging" | "testing" | "development" | "other";

/**
 * The environment whose variables a job gets.
 * @see https://docs.gitlab.com/ci/yaml/#environment
 */
export interface Environment {
  readonly name: string;
  /** `start`, the default, is a deployment, and `stop` ends it; the others only look or prepare. */
  readonly action?: "access" | "prepare" | "start" | "stop" | "verify";
  readonly deployment_tier?: DeploymentTier;
}

/** Jobs whose names do not depend on the project's images. */
export type FixedJobName =
  | "hadolint"
  | "gitleaks"
  | "commitlint"
  | "test"
  | "docker-build"
  | "trivy"
  | "attestations"
  | "sign"
  | "promote"
  | "release"
  | "rollback"
  | "rollback-tags"
  | "backup"
  | "restore"
  | "review"
  | "review-trivy";

/** A job of one image: `build-app`, `build-and-push-app` and `trivy-app` of a matrix, `validate-db-init`. */
export type ImageJobName =
  | `build-${string}`
  | `build-and-push-${string}`
  | `validate-${string}`
  | `trivy-${string}`;

export type JobName = FixedJobName | ImageJobName;

export interface Need<Name extends string = JobName> {
  readonly job: Name;
  readonly artifacts?: boolean;
  /** The job may be absent from this pipeline. */
  readonly optional?: boolean;
}

/**
 * An ID token: who the job is, signed by GitLab, for the one who is named in `aud`.
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
export interface IdToken {
  readonly aud: string;
}

/**
 * One job for each combination of values.
 * @see https://docs.gitlab.com/ci/yaml/#parallelmatrix
 */
export interface Parallel {
  readonly matrix: readonly Readonly<Record<string, readonly string[]>>[];
}

/** A step of a script: shell text, or the steps of another job. Its comment stands above it in the YAML. */
export type Step =
  | {
      readonly comment?: string;
      readonly run: string;
      /** A user wrote it, so it is held to more than syntax. */
      readonly own?: boolean;
    }
  /** @see https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags */
  | { readonly reference: readonly [job: HiddenName, keyword: "before_script" | "after_script"] };

export type ScriptKeyword = "before_script" | "script" | "after_script";

/**
 * What jobs and hidden jobs may hold.
 *
 * @typeParam Name names of the jobs of its pipeline; a target project's unless said otherwise.
 */
export interface JobParts<Name extends string = JobName> {
  /** Stands above the job in the YAML. */
  readonly comment: string;
  readonly extends?: readonly HiddenName[];
  readonly image?: string | ImageUse;
  /** None: any runner that takes jobs without tags. */
  readonly tags?: readonly string[];
  readonly parallel?: Parallel;
  readonly services?: readonly Service[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly rules?: Rules;
  readonly needs?: readonly Need<Name>[];
  /** Whose artifacts it takes, among the jobs of the stages before it. */
  readonly dependencies?: readonly Name[];
  readonly environment?: Environment;
  readonly id_tokens?: Readonly<Record<string, IdToken>>;
  readonly cache?: Cache;
  readonly before_script?: readonly Step[];
  readonly after_script?: readonly Step[];
  readonly artifacts?: Artifacts;
  /** `/regular expression/` that finds the coverage in the job's log. */
  readonly coverage?: string;
  readonly allow_failure?: boolean | { readonly exit_codes: readonly number[] };
  readonly interruptible?: boolean;
  readonly resource_group?: string;
  readonly timeout?: string;
  readonly retry?: Retry;
}

/** In the order in which they run. */
export const STAGES = ["check", "build", "verify", "sign", "promote", "operate"] as const;

export type Stage = (typeof STAGES)[number];

/** A job that starts. */
export interface Job<StageName extends string = Stage, Name extends string = JobName> extends JobParts<Name> {
  readonly stage: StageName;
  readonly script: readonly [Step, ...Step[]];
}

/** A name with a dot in front: never started, only extended or referred to. */
export type HiddenName = `.${string}`;

/** What happens to a branch's earlier pipelines when it moves on. */
export interface AutoCancel {
  readonly on_new_commit: "conservative" | "interruptible" | "none";
}

/** A rule of the whole pipeline. */
export interface WorkflowRule extends Rule {
  readonly auto_cancel?: AutoCancel;
}

export interface Workflow {
  readonly auto_cancel?: AutoCancel;
  readonly rules: readonly [WorkflowRule, ...WorkflowRule[]];
}

/**
 * @typeParam StageName names of its stages, and `Name` of its jobs; those of a target project's pipeline unless said
 *   otherwise. What reads any pipeline takes {@link AnyPipeline}.
 */
export interface Pipeline<StageName extends string = Stage, Name extends string = JobName> {
  /** Lines at the head of the file. */
  readonly header: readonly string[];
  readonly stages: readonly StageName[];
  readonly workflow: Workflow;
  readonly variables: Readonly<Record<string, string>>;
  /** Names of CI/CD variables that the project itself has; they are in no file. */
  readonly projectVariables: readonly string[];
  /** Files of the same repository, with jobs of the project's own. */
  readonly include?: readonly { readonly local: string }[];
  readonly hidden: Readonly<Record<HiddenName, JobParts<Name>>>;
  /** By name, in the order of the file. */
  readonly jobs: Readonly<Record<string, Job<StageName, Name>>>;
}

/** A pipeline with whatever stages and jobs. */
export type AnyPipeline = Pipeline<string, string>;

/** A job or a hidden job of one. */
export type AnyJob = JobParts<string> & Partial<Job<string, string>>;
