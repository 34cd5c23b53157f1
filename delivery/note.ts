/** Writes the merge request's one note. */
import { UsageError } from "../command-line.ts";

export async function note(_options: { in: string }): Promise<void> {
  throw new UsageError("note: not yet");
}
