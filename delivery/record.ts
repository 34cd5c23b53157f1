/** What a preview found, as data: for the note, for the update and for readers of the job's artifacts. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ResourceChange } from "../stack/engine.ts";

const change = z.object({
  op: z.enum(["create", "update", "replace", "delete"]),
  urn: z.string(),
  type: z.string(),
  name: z.string(),
  properties: z.array(z.string()).readonly(),
  digest: z.string(),
});

const preview = z.object({
  stack: z.string(),
  changes: z.array(change).readonly(),
  unchanged: z.number(),
  warnings: z.array(z.string()).readonly(),
});

const fileChange = z.object({
  path: z.string(),
  change: z.enum(["added", "changed", "removed"]),
  /** In unified format, without the names. */
  diff: z.string(),
  added: z.number(),
  removed: z.number(),
});

const fileGroup = z.object({
  kind: z.enum(["project", "host", "fleet", "runners"]),
  name: z.string(),
  files: z.array(fileChange).readonly(),
});

const files = z.object({
  /** What the stack is compared with. */
  base: z.string(),
  /** `new` where there was no such stack, `gone` where there is none any more. */
  stack: z.enum(["changed", "new", "gone"]),
  groups: z.array(fileGroup).readonly(),
  unchanged: z.number(),
});

const record = z.object({
  version: z.literal(1),
  stack: z.string(),
  commit: z.string(),
  job: z.object({ name: z.string(), url: z.string() }),
  /** Without credentials there is no preview, but the generated files only. */
  offline: z.boolean(),
  preview: preview.optional(),
  /** Why there is no preview; without a message the job's log says it. */
  failure: z.object({ message: z.string().optional() }).optional(),
  files: z.union([files, z.object({ problem: z.string() })]),
});

export type FileChange = Readonly<z.output<typeof fileChange>>;
export type FileGroup = Readonly<z.output<typeof fileGroup>>;
export type FilesCompared = Readonly<z.output<typeof files>>;
export type PreviewRecord = Readonly<z.output<typeof record>>;

/** @throws where the text is no record of this version. */
export const parseRecord = (text: string): PreviewRecord => record.parse(JSON.parse(text));

const keyOf = ({ op, urn, properties, digest }: ResourceChange): string =>
  JSON.stringify([op, urn, [...properties].sort(), digest]);

/** Changes that only one of two previews has. Their order has no meaning. */
export function differences(
  before: readonly ResourceChange[],
  after: readonly ResourceChange[],
): { readonly gone: readonly ResourceChange[]; readonly added: readonly ResourceChange[] } {
  const [known, found] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
  return {
    gone: before.filter((one) => !found.has(keyOf(one))),
    added: after.filter((one) => !known.has(keyOf(one))),
  };
}

/**
 * Identifies all changes of a preview: equal for equal changes.
 *
 * @returns 20 hexadecimal digits.
 */
export const fingerprint = (changes: readonly ResourceChange[]): string =>
  createHash("sha256").update(changes.map(keyOf).sort().join("\n")).digest("hex").slice(0, 20);

/**
 * What GitLab's widget shows of a merge request; a replacement is both a creation and a deletion.
 * @see https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsterraform
 */
export function counts(changes: readonly ResourceChange[]) {
  const of = (...ops: readonly string[]) => changes.filter(({ op }) => ops.includes(op)).length;
  return { create: of("create", "replace"), update: of("update"), delete: of("delete", "replace") };
}
