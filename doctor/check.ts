/** What a check reports, and how it runs: within a time limit, independent of the others, never `ok` after an error. */
import { GitlabRefusal, GitlabUnreachable } from "./gitlab-client.ts";

/**
 * `ok`: checked, and right. `warning`: works, but needs attention. `failed`: `pulumi up` or a job will fail, or a promise
 * does not hold. `skipped`: could not be checked; `found` says why, `remedy` how to make the check possible.
 */
export type Status = "ok" | "warning" | "failed" | "skipped";

/** Names a check of a report: the two together are unique. */
export interface CheckName {
  readonly subject: string;
  readonly id: string;
}

/** Checks that others depend on. */
export const CONFIGURATION: CheckName = { subject: "stack", id: "stack.configuration" };
export const GITLAB_REACHABLE: CheckName = { subject: "GitLab", id: "gitlab.reachable" };
export const TOKEN_VALID: CheckName = { subject: "GitLab token", id: "token.valid" };

/**
 * One question about a stack, with its answer.
 *
 * @example
 * { id: "token.expiry", subject: "GitLab token", title: "it does not expire soon", status: "warning",
 *   found: "expires in 9 days, on 2026-12-01", remedy: "…" }
 */
export interface Check extends CheckName {
  /** Stays the same between versions: `project.branch-protected`. */
  readonly id: string;
  /** What it is about: `project acme/shop`. */
  readonly subject: string;
  /** A sentence that is true when the check is ok. */
  readonly title: string;
  readonly status: Status;
  /** What was seen. Never a secret. */
  readonly found: string;
  /** A command or a path of clicks that corrects it. Always there unless the check is ok. */
  readonly remedy?: string;
  /** Of a skipped check: the failed check that it depends on. */
  readonly because?: CheckName;
}

/** Why a check cannot be made, and how to make it possible. */
export class CannotCheck extends Error {
  override readonly name = "CannotCheck";
  readonly remedy: string;
  /** The check that says the same as a failure, where there is one. */
  readonly because: CheckName | undefined;

  constructor(reason: string, remedy: string, because?: CheckName) {
    super(reason);
    this.remedy = remedy;
    this.because = because;
  }
}

/** The answers to one question. */
export interface Answers {
  ok(found: string): Check;
  warning(found: string, remedy: string): Check;
  failed(found: string, remedy: string): Check;
  skipped(found: string, remedy: string, because?: CheckName): Check;
}

/**
 * @example
 * question("GitLab token", "token.valid", "GitLab accepts it").ok("user platform");
 */
export function question(subject: string, id: string, title: string): Answers {
  const base = { id, subject, title };
  return {
    ok: (found) => ({ ...base, status: "ok", found }),
    warning: (found, remedy) => ({ ...base, status: "warning", found, remedy }),
    failed: (found, remedy) => ({ ...base, status: "failed", found, remedy }),
    skipped: (found, remedy, because) => ({
      ...{ ...base, status: "skipped", found, remedy },
      ...(because === undefined ? {} : { because }),
    }),
  };
}

export type Outcome = Check | readonly Check[];

/** A check that has not run yet. */
export interface PlannedCheck {
  readonly subject: string;
  readonly id: string;
  readonly title: string;
  /** Default {@link PATIENCE}. */
  readonly seconds?: number;
  readonly run: (answers: Answers) => Outcome | Promise<Outcome>;
}

/** Time limit of a check, in seconds. */
export const PATIENCE = 30;

/** Receives an error that a check did not expect, for `--verbose`. */
export type OnFault = (check: Pick<PlannedCheck, "id" | "subject">, error: unknown) => void;

/** Runs a check. It never rejects. */
export async function make(
  planned: PlannedCheck,
  onFault: OnFault = () => undefined,
): Promise<readonly Check[]> {
  const answers = question(planned.subject, planned.id, planned.title);
  const seconds = planned.seconds ?? PATIENCE;
  const clock = Promise.withResolvers<Check>();
  const timer = setTimeout(
    () =>
      clock.resolve(
        answers.skipped(`no answer within ${seconds} s`, "run it again; check that the network answers"),
      ),
    seconds * 1000,
  );
  try {
    const outcome = await Promise.race([(async () => planned.run(answers))(), clock.promise]);
    return "id" in outcome ? [outcome] : outcome;
  } catch (error) {
    return [explained(answers, error, () => onFault(planned, error))];
  } finally {
    clearTimeout(timer);
  }
}

/** Runs checks at the same time; the answers have the order of the checks. */
export async function makeAll(
  planned: readonly PlannedCheck[],
  onFault?: OnFault,
): Promise<readonly Check[]> {
  return (await Promise.all(planned.map((check) => make(check, onFault)))).flat();
}

function explained(answers: Answers, error: unknown, fault: () => void): Check {
  if (error instanceof CannotCheck) return answers.skipped(error.message, error.remedy, error.because);
  if (error instanceof GitlabUnreachable)
    return answers.skipped(
      "GitLab does not answer",
      "correct what gitlab.reachable reports",
      GITLAB_REACHABLE,
    );
  if (error instanceof GitlabRefusal) return refused(answers, error);
  fault();
  const message = error instanceof Error ? error.message : String(error);
  return answers.skipped(
    `the check itself failed: ${message}`,
    "run it again with --verbose, and report its output",
  );
}

/** @see https://docs.gitlab.com/api/rest/troubleshooting/#status-codes */
function refused(answers: Answers, { status, path, message }: GitlabRefusal): Check {
  const asked = `GitLab answered ${status} for ${path}`;
  switch (status) {
    case 401:
      return answers.skipped(asked, "correct what token.valid reports", TOKEN_VALID);
    case 403:
      return answers.skipped(
        asked,
        "use a token with the scope api, of a user with the role Maintainer there",
      );
    case 404:
      return answers.skipped(
        `${asked}: it does not exist, or the token may not see it`,
        "correct the path, or the rights of the token's user",
      );
    case 429:
      return answers.skipped(`${asked}: too many requests`, "wait a minute, then run it again");
    default:
      return answers.skipped(
        `${asked}: ${message}`,
        "run it again; a GitLab that is being upgraded answers like this",
      );
  }
}
