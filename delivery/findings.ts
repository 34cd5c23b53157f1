/** Where a preview leaves what it found: for the note, the update and the readers of the job's artifacts. */

export interface Findings {
  /** The preview as data, and the differences of the generated files. */
  readonly record: string;
  /** Anything else, such as the generated files themselves. */
  readonly directory: string;
  /** How many resources are created, updated and deleted, as `artifacts:reports:terraform` wants it. */
  readonly counts: string;
}

/** Directory of all previews, as the jobs pass it to `preview --out` and `note --in`. */
export const FINDINGS = "preview";

/**
 * Paths below the repository's root.
 *
 * @param base what `--out` or `--in` says.
 *
 * @example
 * findingsOf("preview", "dev").record; // preview/dev.json
 */
export function findingsOf(base: string, stack: string): Findings {
  const path = `${base}/${stack}`;
  return { record: `${path}.json`, directory: path, counts: `${path}.terraform.json` };
}
