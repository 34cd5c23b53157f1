/** The `pulumi` on PATH, by the SDK's Automation API. */
import { type StackEngine, StackError, type StackOptions } from "./engine.ts";

export async function openStack({ stack }: StackOptions): Promise<StackEngine> {
  throw new StackError(`stack ${stack}: not yet`);
}
