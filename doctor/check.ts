/** What one check says, and how a check runs: bounded in time, apart from the others, and never `ok` by accident. */
import { GitlabRefusal, GitlabUnreachable } from "./gitlab-client.ts";

/**
 * `ok`: looked at, and right. `warning`: works, and should be known. `failed`: `pulumi up` or a job will not work, or
 * a promise does not hold. `skipped`: could not be looked at; `found` says why, `remedy` what would let it.
 */
export type Status = "ok" | "warning" | "failed" | "skipped";

/**
 * One question about a stack, with its answer.
 *
 * @example
 * { id: "token.expiry", subject: "GitLab token", title: "it does not expire soon", status: "warning",
 *   found: "expires in 9 days, on 2026-12-01", remedy: "…" }
 */
export interface Check {
  /** Stays the same between versions: `project.branch-protected`. Together with `subject` it is unique. */
  readonly id: string;
  /** What it is about, and the heading it stands under: `project acme/shop`. */
  readonly subject: string;
  /** A sentence that is true when the check is ok. */
  readonly title: string;
  readonly status: Status;
  /** What was seen. Never a secret. */
  readonly found: string;
  /** A command or a path of clicks that mends it. Always there unless the check is ok. */
  readonly remedy?: string;
}

/** Why a check cannot be made, and what would let it. */
export class CannotCheck extends Error {
  override readonly name = "CannotCheck";
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

/** The answers to one question. */
export interface Answers {
  ok(found: string): Check;
  warning(found: string, remedy: string): Check;
  failed(found: string, remedy: string): Check;
  skipped(found: string, remedy: string): Check;
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
    skipped: (found, remedy) => ({ ...base, status: "skipped", found, remedy }),
  };
}

export type Outcome = Check | readonly Check[];

/** A check that is not made yet, with the question that is told where it cannot be. */
export interface PlannedCheck {
  readonly subject: string;
  readonly id: string;
  readonly title: string;
  /** Default {@link PATIENCE}. */
  readonly seconds?: number;
  readonly run: (answers: Answers) => Outcome | Promise<Outcome>;
}

/** Seconds for a check to answer. */
export const PATIENCE = 30;

/** Told of an error that no check foresaw, for `--verbose`. */
export type OnFault = (check: Pick<PlannedCheck, "id" | "subject">, error: unknown) => void;

/** Makes a check. It never rejects. */
export async function make(
  planned: PlannedCheck,
  onFault: OnFault = () => undefined,
): Promise<readonly Check[]> {
  const answers = question(planned.subject, planned.id, planned.title);
  const seconds = planned.seconds ?? PATIENCE;
  const clock = Promise.withResolvers<Check>();
  const timer = setTimeout(
    () =>
      clock.resolve(answers.skipped(`no answer within ${seconds} s`, "run it again; look at what it asks")),
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

/** Makes checks at the same time; the order of the answers is that of the questions. */
export async function makeAll(
  planned: readonly PlannedCheck[],
  onFault?: OnFault,
): Promise<readonly Check[]> {
  return (await Promise.all(planned.map((check) => make(check, onFault)))).flat();
}

function explained(answers: Answers, error: unknown, fault: () => void): Check {
  if (error instanceof CannotCheck) return answers.skipped(error.message, error.remedy);
  if (error instanceof GitlabUnreachable)
    return answers.skipped("GitLab does not answer", "mend what the check of GitLab names");
  if (error instanceof GitlabRefusal) return refused(answers, error);
  fault();
  const message = error instanceof Error ? error.message : String(error);
  return answers.skipped(
    `the check itself broke: ${message}`,
    "run it again with --verbose, and report what it says",
  );
}

/** @see https://docs.gitlab.com/api/rest/troubleshooting/#status-codes */
function refused(answers: Answers, { status, path, message }: GitlabRefusal): Check {
  const asked = `GitLab answered ${status} for ${path}`;
  switch (status) {
    case 401:
      return answers.skipped(asked, "a valid token: mend what the check of the token names");
    case 403:
      return answers.skipped(asked, "a token with the scope api, of a user with the role Maintainer there");
    case 404:
      return answers.skipped(
        `${asked}: there is none, or the token may not see it`,
        "check the path, and the token's user",
      );
    case 429:
      return answers.skipped(`${asked}: too many requests`, "wait a minute, and run it again");
    default:
      return answers.skipped(
        `${asked}: ${message}`,
        "run it again; a GitLab that is being upgraded answers like this",
      );
  }
}
