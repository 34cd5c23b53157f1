/** Moves mutable tags onto what docker-build has proven, by digest and without building again. */
import type { Job } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { REGISTRY_JOB } from "./registry.ts";

export function promote(target: Target): Job {
  return {
    comment:
      "Moves the branch's tag, and latest on the default branch, onto the digests that docker-build has proven.",
    stage: "promote",
    extends: [REGISTRY_JOB],
    tags: target.tags.plain,
    rules: [
      { if: "$CI_COMMIT_TAG", when: "never" },
      {
        if: '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_PROJECT_ID',
        when: "never",
      },
      { when: "on_success" },
    ],
    needs: [{ job: "docker-build", artifacts: true }],
    script: [{ comment: "Move tags by digest", run: script("promote") }],
    interruptible: false,
    resource_group: "promote-$CI_COMMIT_REF_SLUG",
  };
}
