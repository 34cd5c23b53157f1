/** What engines' runs did, as tests compare it. */
import type { StackUpdate } from "../../../stack/engine.ts";

/** Operation, the resource's own name, the properties that made it necessary. */
export const changesIn = ({ changes }: StackUpdate): string[] =>
  changes
    .map(({ op, name, properties }) => [op, name, properties.join(",")].filter(Boolean).join(" "))
    .sort();
