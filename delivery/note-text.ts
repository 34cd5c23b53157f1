/** The merge request's note: previews in, Markdown out. */
import type { ChangeKind, ResourceChange } from "../stack/engine.ts";
import { block, cell, htmlCode, inlineCode } from "./markdown.ts";
import type { FileChange, FileGroup, FilesCompared, PreviewRecord } from "./record.ts";
import { fingerprint } from "./record.ts";

/** By which the note is found again. */
export const MARKER = "<!-- buildx-runners: preview -->";

/** A stack's preview; one that left no record says where to look. */
export type Previewed =
  | { readonly stack: string; readonly record: PreviewRecord }
  | { readonly stack: string; readonly record: undefined; readonly job: string; readonly url: string };

export interface NoteOptions {
  readonly commit: string;
  /** In the order in which a change travels. */
  readonly previews: readonly Previewed[];
  /** Address of a job's artifact file; of a directory that ends with a slash. */
  readonly artifact: (record: PreviewRecord) => string;
  /** Characters; GitLab takes a million, and readers less. */
  readonly limit?: number;
}

const LIMIT = 60_000;
/** Rows of one table, names in one list. */
const ROWS = 100;
/** Below this a diff is not worth its place. */
const LEAST = 400;

/**
 * @returns the same text for the same previews: nothing in it tells when it was written.
 * @example
 * noteText({ commit, previews: [{ stack: "dev", record }], artifact });
 */
export function noteText({ commit, previews, artifact, limit = LIMIT }: NoteOptions): string {
  const head = [MARKER, `### What this change would do`, `At ${inlineCode(commit.slice(0, 12))}.`];
  if (previews.length === 0)
    return [...head, "**Nothing**: it changes no file that a stack uses.", ""].join("\n\n");
  const sections = previews.map((preview) => sectionOf(preview, artifact));
  // Tables come whole, and before the diffs: those share what is left.
  const fixed = [...head, ...sections.map(({ text }) => text)].join("\n\n").length;
  const files = previews.flatMap(({ record }) =>
    record === undefined || "problem" in record.files
      ? []
      : record.files.groups.flatMap((group) => group.files),
  );
  const budget = new Budget(limit - fixed, files.length);
  const texts = sections.map(({ text, details }) => [text, ...details(budget)].join("\n\n"));
  return [...head, ...texts, ""].join("\n\n");
}

/** Characters that are left, and files that want them. */
class Budget {
  #left: number;
  #files: number;

  constructor(left: number, files: number) {
    this.#left = left;
    this.#files = files;
  }

  get left(): number {
    return this.#left;
  }

  /** For one more file: half of what is left, so that a long one leaves room for others, unless it is the last. */
  room(): number {
    this.#files -= 1;
    return this.#files > 0 ? this.#left / 2 : this.#left;
  }

  spend(text: string): string {
    this.#left -= text.length + 2;
    return text;
  }
}

interface Section {
  readonly text: string;
  readonly details: (budget: Budget) => string[];
}

function sectionOf(preview: Previewed, artifact: NoteOptions["artifact"]): Section {
  const head = `#### Stack ${inlineCode(preview.stack)}`;
  if (preview.record === undefined)
    return {
      text: `${head}\n\n**There is no preview.** ${logOf(preview.job, preview.url)}`,
      details: () => [],
    };
  const { record } = preview;
  const parts = [head, ...resourcesOf(record), ...filesHead(record)];
  const details = (budget: Budget) =>
    "problem" in record.files ? [] : diffsOf(record.files, artifact(record), budget);
  return { text: parts.join("\n\n"), details };
}

const logOf = (job: string, url: string): string => `Read the log of [${inlineCode(job)}](${url}).`;

function resourcesOf({ preview, failure, offline, job }: PreviewRecord): string[] {
  if (failure !== undefined) {
    const message = failure.message === undefined ? [] : [block(failure.message, "text")];
    return [`**The preview failed.** ${logOf(job.name, job.url)}`, ...message];
  }
  if (offline || preview === undefined)
    return [
      "Previewed **offline**: this pipeline has no access to the stack, so it compares generated files only. Changes to resources are not known.",
    ];
  const { changes, unchanged, warnings } = preview;
  const notes = warnings.length === 0 ? [] : ["Warnings:", block(warnings.slice(0, ROWS).join("\n"), "text")];
  if (changes.length === 0)
    return [`**No resource changes**; ${counted(unchanged, "stays", "stay")} as is.`, ...notes];
  return [
    `${summaryOf(changes)}; ${counted(unchanged, "stays", "stay")} as is. Fingerprint ${inlineCode(fingerprint(changes))}.`,
    tableOf(changes),
    ...notes,
  ];
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const WORDS: readonly (readonly [ChangeKind, string])[] = [
  ["create", "to create"],
  ["update", "to update"],
  ["replace", "to replace"],
  ["delete", "to delete"],
];

/** `**1 to create, 2 to update**` */
function summaryOf(changes: readonly ResourceChange[]): string {
  const parts = WORDS.map(
    ([op, words]) => [changes.filter((change) => change.op === op).length, words] as const,
  );
  const present = parts.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  return `**${present.join(", ")}**`;
}

/** Sorted: engines work on several resources at once, and the order differs from run to run. */
export function tableOf(changes: readonly ResourceChange[]): string {
  const sorted = [...changes].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const rows = sorted
    .slice(0, ROWS)
    .map(({ op, name, type, properties }) => [
      op,
      `${cell(name)} ${cell(type)}`,
      properties.map(cell).join(", "),
    ]);
  const lines = [["", "resource", "properties"], ["---", "---", "---"], ...rows].map(
    (row) => `| ${row.join(" | ")} |`,
  );
  const rest = sorted.length - ROWS;
  return [...lines, ...(rest > 0 ? ["", `… and ${rest} more.`] : [])].join("\n");
}

const sortKey = ({ op, urn }: ResourceChange): string => `${WORDS.findIndex(([word]) => word === op)} ${urn}`;

function filesHead({ files }: PreviewRecord): string[] {
  if ("problem" in files) return ["Generated files cannot be compared:", block(files.problem, "text")];
  const { groups, stack } = files;
  const count = groups.reduce((sum, group) => sum + group.files.length, 0);
  const what = { new: "The stack is new. ", gone: "The stack is removed. ", changed: "" }[stack];
  if (count === 0) return [`${what}No generated file changes.`];
  return [`${what}${counted(count, "generated file changes", "generated files change")}:`];
}

function diffsOf({ groups }: FilesCompared, artifact: string, budget: Budget): string[] {
  const parts: string[] = [];
  const left: string[] = [];
  for (const group of groups) {
    if (budget.left < LEAST) left.push(placeOf(group));
    else parts.push(groupText(group, artifact, budget));
  }
  const names = left.slice(0, ROWS).map(inlineCode).join(", ");
  return left.length === 0
    ? parts
    : [
        ...parts,
        `Not shown, because the note is full: ${names}${left.length > ROWS ? ", …" : ""}. ${wholeAt(artifact)}`,
      ];
}

const wholeAt = (artifact: string): string => `[All differences](${artifact}) are among the job's artifacts.`;

const PLACES: Readonly<Record<FileGroup["kind"], string>> = {
  project: "project",
  host: "host",
  fleet: "fleet",
  runners: "runner records",
};

const placeOf = ({ kind, name }: FileGroup): string => `${PLACES[kind]} ${name}`.trim();

/** Folded. The blank lines end the HTML, so that what is between is Markdown. */
function groupText(group: FileGroup, artifact: string, budget: Budget): string {
  const { kind, name, files } = group;
  const title = `${PLACES[kind]}${name === "" ? "" : ` ${htmlCode(name)}`}, ${counted(files.length, "file", "files")}`;
  const open = budget.spend(`<details><summary>${title}</summary>`);
  const close = budget.spend("</details>");
  const bodies = files.slice(0, ROWS).map((file) => budget.spend(fileText(file, artifact, budget.room())));
  if (files.length > ROWS) bodies.push(`… and ${files.length - ROWS} more files. ${wholeAt(artifact)}`);
  return [open, ...bodies, close].join("\n\n");
}

function fileText(
  { path, change, diff, added, removed }: FileChange,
  artifact: string,
  room: number,
): string {
  const what = change === "changed" ? "" : `, ${change}`;
  const head = `${inlineCode(path)}${what} (+${added} −${removed})`;
  const lines = diff.split("\n");
  const shown = linesWithin(lines, room - head.length - 200);
  const cut = lines.length - shown.length;
  if (cut === 0) return `${head}\n\n${block(diff, "diff")}`;
  const rest = `${counted(cut, "line", "lines")} cut. ${wholeAt(artifact)}`;
  return shown.length === 0 ? `${head}: ${rest}` : `${head}\n\n${block(shown.join("\n"), "diff")}\n\n${rest}`;
}

function linesWithin(lines: readonly string[], room: number): readonly string[] {
  let length = 0;
  const end = lines.findIndex((line) => {
    length += line.length + 1;
    return length > room;
  });
  return end === -1 ? lines : lines.slice(0, end);
}
