import { createHash } from "node:crypto";
import { canonical } from "../../stack/pulumi-events.ts";
import type { Operation } from "./types.ts";
import type { WireObject } from "./wire.ts";

/** Whether a step leaves the resource as the program wants it, after it was not so before. */
export function isMade(op: Operation): boolean {
  return op === "create" || op === "import" || op === "update" || op === "replace";
}

/** SHA-256 of what a step is to make of a resource: as a preview by a real Pulumi has it, marks for secrets and all. */
export function digestOf(op: Operation, type: string, inputs: WireObject): string {
  // An imported resource is new to the stack as one that is created.
  const change = op === "import" ? "create" : op;
  return createHash("sha256")
    .update(canonical({ type, op: change, inputs }))
    .digest("hex");
}
