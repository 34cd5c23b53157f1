/** Trust levels of a fleet, and the tags by which jobs ask for them. */
import type { FleetCommon } from "./fleets/common.ts";
import type { RunnerClass, TrustLevel } from "./host/settings.ts";

export const CLASSES: readonly RunnerClass[] = ["socket", "plain"];

/** The levels that a fleet's hosts keep apart, `open` first. */
export function levelsOf(refs: FleetCommon["refs"]): readonly TrustLevel[] {
  switch (refs) {
    case "any":
      return ["open"];
    case "protected":
      return ["protected"];
    case "separated":
      return ["open", "protected"];
  }
}

/**
 * Tags of a runner record, and of the jobs that ask for it.
 *
 * @param level only of fleets with separated levels; in a pipeline it is the variable that holds the level. A tag
 *   without it would match the runners of both levels, and a protected job could land on the open one.
 * @example
 * runnerTags(["buildx"], "protected", "plain"); // ["buildx-protected-plain"]
 */
export function runnerTags(
  tags: readonly string[],
  level: string | undefined,
  runnerClass: RunnerClass,
): string[] {
  return tags.map((tag) =>
    [tag, level, runnerClass === "plain" ? "plain" : undefined].filter(Boolean).join("-"),
  );
}
