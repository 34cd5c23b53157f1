import { inspect } from "node:util";

/** Replaces a secret's value in rendered files and messages. */
export const PLACEHOLDER = "[secret]";

/**
 * A secret of the stack's configuration that cannot be printed by accident: text, JSON and `console.log` all show
 * {@link PLACEHOLDER}. Only {@link Secret.reveal} gives the value, and its callers hand it straight to
 * `pulumi.secret`.
 *
 * @example
 * const password = new Secret("hunter2");
 * `${password}`; // "[secret]"
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}

/** A value of a stack file as `pulumi config set --secret` writes it: `{ secure: v1:… }`. */
export function isSealed(value: unknown): value is { secure: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length === 1 &&
    "secure" in value &&
    typeof value.secure === "string"
  );
}
