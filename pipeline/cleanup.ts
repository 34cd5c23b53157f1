/**
 * GitLab's cleanup policy for container images: which tags it must keep. GitLab's provider sets the policy on a whole
 * project (`gitlab.Project`), which this stack does not own: it is shown, for a person or the project's own stack to set.
 * @see https://docs.gitlab.com/user/packages/container_registry/reduce_container_registry_storage/
 */

/** `1.2.3`, `1.2.3-rc.1`, and `1.2` and `1`, which move. */
const RELEASE = "v?[0-9]+(\\.[0-9]+(\\.[0-9]+([-_][0-9A-Za-z._-]+)?)?)?";

/** Tags that people deploy: latest, and releases. In the syntax of RE2, without slashes around it. */
export const MOVING_TAGS = `^(latest|${RELEASE})$`;

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
  const latest = ["latest", ...own].join("|");
  return `^(${latest}|${prefix}${RELEASE}|(open|protected)-default|sha256-[0-9a-f]{64}(\\.(sig|att|sbom))?)$`;
}

/** The policy as GitLab's API and its provider have it. */
export function cleanupPolicy(cells: readonly string[]): Record<string, unknown> {
  return {
    enabled: true,
    cadence: "1d",
    keep_n: 10,
    name_regex_keep: keptTags(cells),
    older_than: "30d",
    name_regex: ".*",
  };
}
