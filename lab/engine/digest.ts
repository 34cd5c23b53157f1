import { digestOf as digestOfChange } from "../../stack/digest.ts";
import type { Operation } from "./types.ts";
import type { WireObject } from "./wire.ts";

type Making = Extract<Operation, "create" | "import" | "update" | "replace">;

/** Whether a step leaves the resource as the program wants it, after it was not so before. */
export function isMade(op: Operation): op is Making {
  return op === "create" || op === "import" || op === "update" || op === "replace";
}

/** SHA-256 of what a step is to make of a resource: as a preview by a real Pulumi has it, marks for secrets and all. */
export function digestOf(op: Making, type: string, inputs: WireObject): string {
  // An imported resource is new to the stack as one that is created.
  return digestOfChange(op === "import" ? "create" : op, type, inputs);
}
