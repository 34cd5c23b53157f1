/**
 * Of a protected stack, too: what ordinary updates replace or take away. An engine refuses to replace what is protected,
 * and each of these is nothing without a neighbour that is.
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/protect/
 */
export const REPLACEABLE = { protect: false } as const;
