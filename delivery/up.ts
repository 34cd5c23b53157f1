/** Updates a stack, if what would happen is what was reviewed. */
import { UsageError } from "../command-line.ts";

export async function up(_options: { stack: string }): Promise<void> {
  throw new UsageError("up: not yet");
}
