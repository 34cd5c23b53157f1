/** A fault the person at the keyboard can act on: its message says what happened, where, and what to do. */
export class BakeError extends Error {
  override readonly name = "BakeError";
}
