/** Merge requests, issues, their notes, and pipelines with their jobs, as the stand-in keeps them. */
import type { User } from "./users.ts";

export interface MergeRequestFrom<Project> {
  readonly id: number;
  readonly iid: number;
  title: string;
  readonly author: User;
  /** The project of the source branch: a fork, or the target project itself. */
  readonly from: Project;
  readonly source: string;
  readonly target: string;
  state: "opened" | "closed" | "merged";
  /** Tip of the source branch when it was last looked at. */
  sha: string;
  /** Where the two branches parted. */
  base: string;
  squash: boolean;
  readonly createdAt: string;
  updatedAt: string;
  /** Of one that is merged. Without a merge commit where the target was only moved forward. */
  merged?: Merged;
  readonly notes: Note[];
}

export interface Merged {
  readonly at: string;
  readonly by: User;
  readonly mergeCommit: string | undefined;
  readonly squashCommit: string | undefined;
}

/** A comment on a merge request or an issue. */
export interface Note {
  readonly id: number;
  body: string;
  readonly author: User;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Issue {
  readonly id: number;
  readonly iid: number;
  title: string;
  description: string;
  labels: string[];
  readonly author: User;
  state: "opened" | "closed";
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: User | undefined;
  readonly notes: Note[];
}

export type PipelineSource = "push" | "web" | "api" | "schedule" | "merge_request_event";

/** Of those GitLab has, what a record here can be in. */
export type PipelineStatus = "pending" | "running" | "success" | "failed" | "canceled" | "skipped" | "manual";

export interface Pipeline {
  readonly id: number;
  readonly iid: number;
  readonly sha: string;
  /** Short name of the branch or tag; of a merge request `refs/merge-requests/<iid>/head`. */
  readonly ref: string;
  /** What the ref pointed at before; undefined for a ref that is new. */
  readonly before: string | undefined;
  readonly source: PipelineSource;
  status: PipelineStatus;
  readonly createdAt: string;
  updatedAt: string;
  readonly jobs: JobRecord[];
}

/** Who may download a job's artifacts, as `artifacts:access` says it. */
export type ArtifactAccess = "all" | "developer" | "maintainer" | "none";

/** A job of a pipeline, with what it left behind. */
export interface JobRecord {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
  status: PipelineStatus;
  readonly createdAt: string;
  finishedAt: string | null;
  /** Content by path. */
  artifacts: ReadonlyMap<string, Buffer>;
  access: ArtifactAccess;
}
