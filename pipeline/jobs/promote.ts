/**
 * Guards what people deploy: moves a branch's tag, and latest on the default branch, onto the candidates of this
 * commit, by digest and without building again. It starts when every job before it has passed: whatever stands in an
 * earlier stage is a gate.
 */
import type { ImageConfig } from "../../config/images.ts";
import { buildJobs, candidatesOf } from "../candidates.ts";
import type { Job, Rule } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { READ_CANDIDATES } from "./docker-build.ts";
import { mirrorLogIn, moveTags, REGISTRY_JOB } from "./registry.ts";

/** What jobs that move tags have in common; `run` writes down what moves of `$CANDIDATES`, and calls `move_tags`. */
export function tagMover(
  target: Target,
  run: string,
): Pick<Job, "stage" | "extends" | "tags" | "dependencies" | "script" | "interruptible"> {
  return {
    stage: "promote",
    extends: [REGISTRY_JOB],
    ...mirrorLogIn(target),
    dependencies: buildJobs(target.images),
    script: [READ_CANDIDATES, moveTags(target), { run }],
    interruptible: false,
  };
}

export const candidateNames = (images: readonly ImageConfig[]): string =>
  images.flatMap(candidatesOf).join(" ");

const FORK =
  '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_PROJECT_ID';

/** Other branches push no cell of a matrix, so there is nothing of it to promote. */
export function byBranch({ images }: Target): Rule[] {
  const plain = images.filter((image) => !image.matrix);
  const all: Rule = {
    if: "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    variables: { CANDIDATES: candidateNames(images) },
  };
  const others: Rule = { when: "on_success", variables: { CANDIDATES: candidateNames(plain) } };
  if (plain.length === images.length) return [others];
  return plain.length === 0 ? [all] : [all, others];
}

export function promote(target: Target): Job {
  return {
    comment: "Moves the branch's tag, and latest on the default branch, once every job before has passed.",
    ...tagMover(target, script("promote")),
    rules: [{ if: "$CI_COMMIT_TAG", when: "never" }, { if: FORK, when: "never" }, ...byBranch(target)],
    // One after the other: of two pipelines of one branch, the newer has the last word.
    resource_group: "promote-$CI_COMMIT_REF_SLUG",
  };
}
