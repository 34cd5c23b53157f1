/** Says what an update of a stack would do. */
import { UsageError } from "../command-line.ts";

export async function preview(_options: { stack: string; out: string }): Promise<void> {
  throw new UsageError("preview: not yet");
}
