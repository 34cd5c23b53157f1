/** Opens stacks for programs that do more than that: Pulumi's SDK is loaded only when one is opened. */
import type { openStack as open } from "./pulumi.ts";

export const openStack: typeof open = async (options) => (await import("./pulumi.ts")).openStack(options);
