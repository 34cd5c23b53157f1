/**
 * When a job starts, and what a pipeline comes to, from what became of the jobs before.
 *
 * @see https://docs.gitlab.com/ci/jobs/job_control/ and https://docs.gitlab.com/ci/yaml/#when
 */

export type When = "on_success" | "on_failure" | "always" | "manual" | "never" | "delayed";

/**
 * `manual`: nobody started it. `stuck`: no runner takes it. `created`: what it waits for never came to an end.
 */
export type JobStatus = "success" | "failed" | "skipped" | "manual" | "canceled" | "stuck" | "created";

/** What became of a job that another waits for. */
export interface Outcome {
  readonly status: JobStatus;
  /** It failed, or was not started, and may. */
  readonly allowFailure: boolean;
}

/** What several jobs come to together. */
export type Combined = "success" | "failed" | "skipped" | "canceled" | "manual" | "pending";

/**
 * Many jobs' outcomes as one.
 *
 * @param needed they are named by `needs`: then one that did not run counts, even if it was free to.
 */
export function combine(outcomes: readonly Outcome[], needed: boolean): Combined {
  const kinds = outcomes.map(({ status, allowFailure }) => {
    if (!allowFailure) return status;
    // GitLab lets a failure pass as a warning, and forgets a manual job.
    return status === "failed" || status === "canceled"
      ? "success"
      : status === "manual"
        ? "ignored"
        : status;
  });
  const some = (...wanted: string[]) => kinds.some((kind) => wanted.includes(kind));
  const only = (...wanted: string[]) => kinds.every((kind) => wanted.includes(kind));
  if (kinds.length === 0) return "success";
  if (needed && some("skipped", "ignored")) return "skipped";
  if (only("skipped", "ignored")) return "skipped";
  if (only("success", "skipped", "ignored")) return "success";
  if (only("success", "skipped", "ignored", "canceled")) return "canceled";
  if (some("stuck")) return "pending";
  if (some("manual")) return "manual";
  if (some("created")) return "pending";
  return "failed";
}

/**
 * Whether a job starts, now that the jobs before it have come as far as they will.
 *
 * @returns what it is instead, where it does not.
 */
export function startOf(
  job: { readonly when: When; readonly needed: boolean },
  before: readonly Outcome[],
): "start" | "skipped" | "created" {
  const combined = combine(before, job.needed);
  if (combined === "pending" || combined === "manual") return "created";
  const wanted: Readonly<Record<When, readonly Combined[]>> = {
    on_success: job.needed ? ["success"] : ["success", "skipped"],
    manual: job.needed ? ["success"] : ["success", "skipped"],
    delayed: job.needed ? ["success"] : ["success", "skipped"],
    on_failure: ["failed"],
    always: ["success", "failed", "skipped"],
    never: [],
  };
  return wanted[job.when].includes(combined) ? "start" : "skipped";
}
