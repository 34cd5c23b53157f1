/** Opens stacks; Pulumi's SDK is loaded only when a stack is opened. */
import type { openStack as open } from "./pulumi.ts";

export const openStack: typeof open = async (options) => (await import("./pulumi.ts")).openStack(options);
