/** Compares a stack with what is really there. */
import { UsageError } from "../command-line.ts";

export async function drift(_options: { stack: string }): Promise<void> {
  throw new UsageError("drift: not yet");
}
