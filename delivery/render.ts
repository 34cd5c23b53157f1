/** Writes this repository's own .gitlab-ci.yml. */
import { UsageError } from "../command-line.ts";

export async function render(_options: { check: boolean }): Promise<void> {
  throw new UsageError("render: not yet");
}
