/** Entry of the program: what of it was compiled once is loaded from the cache, not stripped of types and compiled again. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Not the system's temporary directory, Node's own default: other users can write there.
enableCompileCache(join(import.meta.dirname, "node_modules/.cache/compile"));

export const { runners, hosts, versions, pipelines } = await import("./index.ts");
