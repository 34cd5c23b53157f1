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
}

export interface Artifacts {
  readonly reports?: Reports;
  readonly paths?: readonly string[];
  readonly expire_in?: string;
  readonly when?: "on_success" | "on_failure" | "always";
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

export interface Need {
  readonly job: JobName;
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

/** What jobs and hidden jobs may hold. */
export interface JobParts {
  /** Stands above the job in the YAML. */
  readonly comment: string;
  readonly extends?: readonly HiddenName[];
  readonly image?: string | ImageUse;
  readonly tags?: readonly string[];
  readonly parallel?: Parallel;
  readonly services?: readonly Service[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly rules?: Rules;
  readonly needs?: readonly Need[];
  /** Whose artifacts it takes, among the jobs of the stages before it. */
  readonly dependencies?: readonly JobName[];
  readonly id_tokens?: Readonly<Record<string, IdToken>>;
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
export interface Job extends JobParts {
  readonly stage: Stage;
  readonly script: readonly [Step, ...Step[]];
}

/** A name with a dot in front: never started, only extended or referred to. */
export type HiddenName = `.${string}`;

export interface Workflow {
  readonly auto_cancel?: { readonly on_new_commit: "conservative" | "interruptible" | "none" };
  readonly rules: Rules;
}

export interface Pipeline {
  /** Lines at the head of the file. */
  readonly header: readonly string[];
  readonly stages: readonly Stage[];
  readonly workflow: Workflow;
  readonly variables: Readonly<Record<string, string>>;
  /** Names of CI/CD variables that the project itself has; they are in no file. */
  readonly projectVariables: readonly string[];
  /** Files of the same repository, with jobs of the project's own. */
  readonly include?: readonly { readonly local: string }[];
  readonly hidden: Readonly<Record<HiddenName, JobParts>>;
  /** By name, in the order of the file. */
  readonly jobs: Readonly<Record<string, Job>>;
}
