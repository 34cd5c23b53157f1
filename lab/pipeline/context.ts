/** What a pipeline is run for, and what it is given. */

/** A CI/CD variable of the project, as GitLab's API returns it. */
export interface ProjectVariable {
  readonly key: string;
  readonly value: string;
  /** Shown as `[MASKED]` in job logs. */
  readonly masked: boolean;
  /** Absent from pipelines of refs that are not protected. */
  readonly protected: boolean;
  /** Its value is taken as it is: a `$` in it names no variable. Default false. */
  readonly raw?: boolean;
  /** `file`: the job gets the path of a file with the value. Default `env_var`. */
  readonly variableType?: "env_var" | "file";
  /** Only jobs of a matching environment get it; `*` stands for anything, and alone for every job. Default `*`. */
  readonly environmentScope?: string;
}

/** A variable of one run: a schedule's, or one that somebody filled in by hand. */
export interface RunVariable {
  readonly key: string;
  readonly value: string;
  readonly variableType?: "env_var" | "file";
}

export interface ContextProject {
  /** Full path: `acme/shop`. */
  readonly path: string;
  readonly id: number;
  /** Web address: `https://gitlab.example.com/acme/shop`. */
  readonly url: string;
  readonly defaultBranch: string;
}

export interface ContextMergeRequest {
  readonly id: number;
  readonly iid: number;
  readonly title: string;
  readonly author: string;
  readonly source: {
    readonly branch: string;
    readonly protected: boolean;
    /** Another than the target's for a fork. */
    readonly project: Pick<ContextProject, "path" | "id" | "url">;
  };
  readonly target: { readonly branch: string; readonly protected: boolean };
  /** Where the branches parted. */
  readonly diffBaseSha: string;
}

/** What a pipeline is run for. */
export interface PipelineContext {
  /** Unique among the pipelines of the instance. */
  readonly pipelineId: number;
  readonly source: "push" | "schedule" | "web" | "api" | "merge_request_event";
  readonly project: ContextProject;
  /** Of a merge request its source branch; protected only where source and target are. */
  readonly ref: { readonly type: "branch" | "tag"; readonly name: string; readonly protected: boolean };
  /** Goes with the source `merge_request_event`. */
  readonly mergeRequest?: ContextMergeRequest;
  /** Description of the schedule; goes with the source `schedule`. */
  readonly schedule?: string;
  /** What the ref pointed at before this push; absent for a new ref, and for any other source. */
  readonly before?: string;
  /** Up to four of the open merge requests whose source is this branch: `acme/shop!3`. */
  readonly openMergeRequests?: readonly string[];
  /** On whose behalf the jobs run. */
  readonly user?: {
    readonly id: number;
    readonly login: string;
    readonly name: string;
    readonly email: string;
  };
  /** CI_REGISTRY: `10.77.0.1:5000`; absent where GitLab's own registry is off. */
  readonly registry?: string;
}

/** Full name of the ref that a pipeline belongs to. */
export function refPath({ ref, mergeRequest }: PipelineContext): string {
  if (mergeRequest !== undefined) return `refs/merge-requests/${mergeRequest.iid}/head`;
  return `refs/${ref.type === "tag" ? "tags" : "heads"}/${ref.name}`;
}

export interface Commit {
  readonly sha: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** `Name <name@example.com>` */
  readonly author: string;
  readonly message: string;
}

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;
