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

/** `if` conditions are GitLab's expressions; a rule without one always matches. */
export interface Rule {
  readonly if?: string;
  readonly when?: "on_success" | "never" | "manual" | "always";
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

export interface Artifacts {
  readonly reports?: { readonly dotenv?: string };
  readonly paths?: readonly string[];
  readonly expire_in?: string;
  readonly when?: "on_success" | "on_failure" | "always";
}

export interface Need {
  readonly job: string;
  readonly artifacts?: boolean;
}

/** A step of a script: shell text, or the steps of another job. Its comment stands above it in the YAML. */
export type Step =
  | { readonly comment?: string; readonly run: string }
  /** @see https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags */
  | { readonly reference: readonly [job: string, keyword: ScriptKeyword] };

export type ScriptKeyword = "before_script" | "script" | "after_script";

/** What jobs and hidden jobs may hold. */
export interface JobParts {
  /** Stands above the job in the YAML. */
  readonly comment: string;
  readonly extends?: readonly string[];
  readonly image?: string | ImageUse;
  readonly tags?: readonly string[];
  readonly services?: readonly Service[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly rules?: Rules;
  readonly needs?: readonly Need[];
  readonly before_script?: readonly Step[];
  readonly after_script?: readonly Step[];
  readonly artifacts?: Artifacts;
  readonly interruptible?: boolean;
  readonly resource_group?: string;
  readonly timeout?: string;
  readonly retry?: Retry;
}

/** A job that starts. */
export interface Job extends JobParts {
  readonly stage: string;
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
  readonly stages: readonly string[];
  readonly workflow: Workflow;
  readonly variables: Readonly<Record<string, string>>;
  readonly hidden: Readonly<Record<HiddenName, JobParts>>;
  /** By name, in the order of the file. */
  readonly jobs: Readonly<Record<string, Job>>;
}
