/** How answers are told: as text for a person, as JSON for a program. */
import picocolors from "picocolors";
import type { Check, Status } from "./check.ts";

/**
 * What `--json` prints. `version` changes when a field is removed or means something else; new fields may come without.
 *
 * @example
 * { "version": 1, "stack": "dev", "ok": false, "counts": { "ok": 40, "warning": 1, "failed": 1, "skipped": 0 },
 *   "checks": [{ "id": "token.expiry", "subject": "GitLab token", "title": "it does not end soon",
 *     "status": "failed", "found": "ended on 2026-11-01", "remedy": "…" }] }
 */
export interface Report {
  readonly version: 1;
  readonly stack: string;
  /** Nothing failed: the exit code is 0. */
  readonly ok: boolean;
  readonly counts: Readonly<Record<Status, number>>;
  readonly checks: readonly Check[];
}

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
 * @param options `colour` for a terminal; `verbose` tells what was found of what is ok, too.
 */
export function textOf(
  { stack, checks, counts }: Report,
  { colour, verbose }: { readonly colour: boolean; readonly verbose: boolean },
): string {
  const paint = painter(colour);
  const groups = Map.groupBy(checks, ({ subject }) => subject);
  const parts = [...groups].map(([subject, group]) =>
    [
      paint.heading(subject),
      ...group.flatMap((check, index) => linesOf(check, group[index + 1], paint, verbose)),
    ].join("\n"),
  );
  const sum = (["ok", "warning", "failed", "skipped"] as const)
    .filter((status) => counts[status] > 0 || status === "ok")
    .map((status) => paint.status(status, `${counts[status]} ${status}`))
    .join(", ");
  return `${parts.join("\n\n")}\n\n${stack}: ${sum}`;
}

/** @param next where it is skipped for the same reason, that is told once, below it. */
function linesOf(check: Check, next: Check | undefined, paint: Painter, verbose: boolean): string[] {
  const { status, title, found, remedy } = check;
  const head = `  ${paint.status(status, status.padEnd(STATUS_WIDTH))}${title}`;
  if (status === "ok") return [verbose && found !== "" ? `${head}: ${oneLine(found)}` : head];
  if (status === "skipped" && next?.status === status && next.found === found && next.remedy === remedy)
    return [head];
  return [
    head,
    ...block("found", found),
    ...(remedy === undefined ? [] : block("do", remedy)).map(paint.remedy),
  ];
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, "; ");

/** Several lines stay below one another, behind their label. */
function block(label: string, text: string): string[] {
  const indent = " ".repeat(2 + STATUS_WIDTH);
  return text
    .split("\n")
    .map((line, index) => `${indent}${(index === 0 ? `${label}:` : "").padEnd(7)}${line}`);
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
