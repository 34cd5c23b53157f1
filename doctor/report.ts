/** The report: as text for a person, failures first; as JSON for a program. */
import picocolors from "picocolors";
import type { Check, Status } from "./check.ts";

/**
 * What `--json` prints. `version` changes when a field is removed or changes its meaning; new fields may appear.
 *
 * @example
 * { "version": 1, "stack": "dev", "ok": false, "counts": { "ok": 40, "warning": 1, "failed": 1, "skipped": 0 },
 *   "checks": [{ "id": "token.expiry", "subject": "GitLab token", "title": "it does not expire soon",
 *     "status": "failed", "found": "expired on 2026-11-01", "remedy": "…" }] }
 */
export interface Report {
  readonly version: 1;
  readonly stack: string;
  /** No check failed: the exit code is 0. */
  readonly ok: boolean;
  readonly counts: Readonly<Record<Status, number>>;
  readonly checks: readonly Check[];
}

/** In the order in which a person reads them. */
const STATUSES = ["failed", "warning", "skipped", "ok"] as const satisfies readonly Status[];

export function reportOf(stack: string, checks: readonly Check[]): Report {
  const count = (status: Status): number => checks.filter((check) => check.status === status).length;
  const counts = {
    ok: count("ok"),
    warning: count("warning"),
    failed: count("failed"),
    skipped: count("skipped"),
  };
  return { version: 1, stack, ok: counts.failed === 0, counts, checks };
}

/** Width of the column with a status. */
const STATUS_WIDTH = "warning".length + 1;

/**
 * Failed checks and warnings in full; then one line for the checks that were skipped for the same reason, and one for those
 * of a subject that are ok.
 *
 * @param options `colour` for a terminal; `verbose` lists the skipped and the ok checks one by one.
 */
export function textOf(
  { stack, checks, counts }: Report,
  { colour, verbose }: { readonly colour: boolean; readonly verbose: boolean },
): string {
  const paint = painter(colour);
  const of = (status: Status) => checks.filter((check) => check.status === status);
  const line = (status: Status, text: string) =>
    `${paint.status(status, status.padEnd(STATUS_WIDTH))}${text}`;
  const inFull = (check: Check) => [
    line(check.status, nameOf(check)),
    ...block("found", check.found),
    ...(check.remedy === undefined ? [] : block("do", check.remedy)).map(paint.remedy),
  ];
  const parts = [
    ...of("failed").map((check) => inFull(check).join("\n")),
    ...of("warning").map((check) => inFull(check).join("\n")),
    skippedGroups(of("skipped"), checks)
      .flatMap(({ reason, group }) => [
        line("skipped", `${countBySubject(group)}: ${reason}`),
        ...(verbose ? group.map((check) => `${INDENT}${nameOf(check)}`) : []),
      ])
      .join("\n"),
    [...Map.groupBy(of("ok"), ({ subject }) => subject).values()]
      .flatMap((group) =>
        verbose
          ? group.map((check) => line("ok", `${nameOf(check)}${check.found && `: ${oneLine(check.found)}`}`))
          : [line("ok", countBySubject(group))],
      )
      .join("\n"),
  ];
  const sum = STATUSES.filter((status) => counts[status] > 0 || status === "ok")
    .map((status) => paint.status(status, `${counts[status]} ${status}`))
    .join(", ");
  return [...parts, `${paint.heading(stack)}: ${sum}`].filter((part) => part !== "").join("\n\n");
}

const nameOf = ({ subject, title }: Check): string => `${subject}: ${title}`;

/** `host 10.0.0.5 (12 checks), fleet linux (1 check)` */
const countBySubject = (checks: readonly Check[]): string =>
  [...Map.groupBy(checks, ({ subject }) => subject)]
    .map(([subject, { length }]) => `${subject} (${length} ${length === 1 ? "check" : "checks"})`)
    .join(", ");

/** Skipped checks that have the same reason. */
function skippedGroups(skipped: readonly Check[], all: readonly Check[]) {
  const groups = Map.groupBy(skipped, ({ because, found, remedy }) => {
    const failed = all.find((check) => check.subject === because?.subject && check.id === because.id);
    if (failed) return `failed before: ${nameOf(failed)}`;
    return `${oneLine(found)}${remedy === undefined ? "" : `. Do: ${oneLine(remedy)}`}`;
  });
  return [...groups].map(([reason, group]) => ({ reason, group }));
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, "; ");

const INDENT = " ".repeat(STATUS_WIDTH);

/** Several lines stay below one another, behind their label. */
function block(label: string, text: string): string[] {
  return text
    .split("\n")
    .map((line, index) => `${INDENT}${(index === 0 ? `${label}:` : "").padEnd(7)}${line}`);
}

interface Painter {
  heading(text: string): string;
  status(status: Status, text: string): string;
  remedy(text: string): string;
}

function painter(colour: boolean): Painter {
  const colours = picocolors.createColors(colour);
  const of = { ok: colours.green, warning: colours.yellow, failed: colours.red, skipped: colours.dim };
  return {
    heading: (text) => colours.bold(text),
    status: (status, text) => of[status](text),
    remedy: (text) => colours.cyan(text),
  };
}
