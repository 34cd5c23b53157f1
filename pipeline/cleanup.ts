/**
 * GitLab's cleanup policy for container images: which tags it must keep.
 * @see https://docs.gitlab.com/user/packages/container_registry/reduce_container_registry_storage/
 */
import type { CleanupConfig } from "../config/operations.ts";
import type { ProjectConfig } from "../config/projects.ts";
import { cellsOf } from "./candidates.ts";

/** `1.2.3`, `1.2.3-rc.1`, and `1.2` and `1`, which move. */
const RELEASE = "v?[0-9]+(\\.[0-9]+(\\.[0-9]+([-_][0-9A-Za-z._-]+)?)?)?";

/** Tags that people deploy: latest, and releases. In the syntax of RE2, without slashes around it. */
export const MOVING_TAGS = `^(latest|${RELEASE})$`;

/** Characters that a pattern of GitLab's may have. */
export const LONGEST_PATTERN = 255;

/**
 * What the policy keeps: tags that people deploy, with those of cells; caches in use; and what refers to an image by
 * its digest (signatures, and the index of them where a registry has no referrers).
 *
 * @param cells of the project's matrices: `3.12`.
 * @example
 * new RegExp(keptTags(["3.12"])).test("3.12-1.4.0"); // true
 */
export function keptTags(cells: readonly string[]): string {
  const own = cells.map((cell) => cell.replaceAll(/[^A-Za-z0-9_-]/g, "\\$&"));
  const prefix = own.length > 0 ? `((${own.join("|")})-)?` : "";
  // A cell's own name is its latest.
  const latest = own.length > 0 ? `latest|${own.join("|")}` : "latest";
  return `^(${latest}|${prefix}${RELEASE}|(open|protected)-default|sha256-[0-9a-f]{64}(\\.(sig|att|sbom))?)$`;
}

/** Every cell of a project's images. */
export const allCells = (project: Pick<ProjectConfig, "images">): readonly string[] => [
  ...new Set(project.images.flatMap(cellsOf)),
];

/**
 * The policy in the words of GitLab's API.
 * @see https://docs.gitlab.com/api/projects/#edit-a-project
 */
export interface CleanupPolicy {
  readonly enabled: boolean;
  readonly cadence: string;
  readonly keep_n: number | null;
  readonly older_than: string | null;
  readonly name_regex_delete: string | null;
  readonly name_regex_keep: string | null;
}

export const cleanupPolicy = (
  project: Pick<ProjectConfig, "images">,
  { cadence, keepN, olderThan }: CleanupConfig,
): CleanupPolicy => ({
  enabled: true,
  cadence,
  keep_n: keepN,
  older_than: olderThan,
  name_regex_delete: ".*",
  name_regex_keep: keptTags(allCells(project)),
});
