/** Finds the engine that serves a stack. */
import { pathToFileURL } from "node:url";
import type { StackEngine, StackOptions } from "./engine.ts";

/** What a module that serves an engine exports. */
export interface EngineModule {
  openStack(options: StackOptions): Promise<StackEngine>;
}

/**
 * Opens a stack with the `pulumi` on PATH, or with the engine that BUILDX_RUNNERS_ENGINE names: a module with
 * {@link EngineModule}'s exports. The lab has one, for computers without a `pulumi`.
 *
 * @throws {StackError} where there is no engine, or no such stack.
 *
 * @example
 * const stack = await openStack({ stack: "dev", directory: "." });
 * const { changes } = await stack.preview();
 */
export async function openStack(options: StackOptions): Promise<StackEngine> {
  const named = process.env.BUILDX_RUNNERS_ENGINE;
  const { openStack: open }: EngineModule =
    named === undefined ? await import("./pulumi.ts") : await import(pathToFileURL(named).href);
  return open(options);
}
