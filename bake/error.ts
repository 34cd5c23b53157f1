import { UsageError } from "../command-line.ts";

/** A fault the person at the keyboard can act on: its message says what happened, where, and what to do. */
export class BakeError extends UsageError {
  override readonly name = "BakeError";
}
