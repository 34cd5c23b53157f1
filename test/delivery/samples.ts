/** Previews to write notes of. */
import { compare } from "../../delivery/compare.ts";
import type { PreviewRecord } from "../../delivery/record.ts";
import type { ChangeKind, ResourceChange } from "../../stack/engine.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const BASE = "fedcba9876543210fedcba9876543210fedcba98";

/** @param type `gitlab:index/userRunner:UserRunner`. */
export function change(
  op: ChangeKind,
  name: string,
  type: string,
  properties: readonly string[] = [],
  digest = op === "delete" ? "" : "d".repeat(64),
): ResourceChange {
  const urn = `urn:pulumi:dev::buildx-runners::buildx-runners:runner:SshFleet$${type}::${name}`;
  return { op, urn, type, name, properties: [...properties], digest };
}

/** Path to text, then and now; undefined where there is no such file. */
export type FilePairs = Readonly<Record<string, readonly [string | undefined, string | undefined]>>;

export function filesOf(
  pairs: FilePairs,
  stack: "changed" | "new" | "gone" = "changed",
): PreviewRecord["files"] {
  const side = (index: 0 | 1) =>
    new Map(
      Object.entries(pairs).flatMap(([path, pair]) => {
        const text = pair[index];
        return text === undefined ? [] : [[path, text] as const];
      }),
    );
  return { base: BASE, stack, ...compare(side(0), side(1), ["acme/shop"]) };
}

export function recordOf(
  stack: string,
  { changes, ...more }: Partial<PreviewRecord> & { readonly changes?: readonly ResourceChange[] } = {},
): PreviewRecord {
  return {
    version: 1,
    stack,
    commit: COMMIT,
    job: { name: `preview-${stack}`, url: `https://gitlab.example.com/acme/infra/-/jobs/7${stack.length}` },
    offline: false,
    ...(changes === undefined
      ? {}
      : { preview: { stack, changes: [...changes], unchanged: 12, warnings: [] } }),
    files: filesOf({}),
    ...more,
  };
}

export const artifact = ({ stack, job }: PreviewRecord): string =>
  `${job.url}/artifacts/file/preview/${stack}/files.diff`;
