/**
 * Guards releases: gives the candidates of a protected Git tag the tags of its semantic version, by digest. A
 * prerelease gets its own tag only, and none moves back when an older line is patched.
 * @see https://semver.org/
 */
import type { Job } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { candidateNames, tagMover } from "./promote.ts";

export function release(target: Target): Job {
  return {
    comment: "Releases a protected tag: v1.2.3 as 1.2.3, and as 1.2 and 1 where no later release has them.",
    ...tagMover(target, script("release")),
    rules: [{ if: "$CI_COMMIT_TAG" }],
    variables: { CANDIDATES: candidateNames(target.images) },
    resource_group: "release",
  };
}
