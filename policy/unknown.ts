/**
 * Whether this is what the SDK throws for a value that a preview does not know yet; it exports no class of it.
 * @see https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/
 */
export const isUnknownValue = (error: unknown): boolean =>
  error instanceof Error && error.constructor.name === "UnknownValueError";
