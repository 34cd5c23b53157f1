/**
 * Guards the way back: moves latest and the branch's tag onto an earlier commit's, release's or digest's images, by
 * hand, after every one of them is proven to exist and, where the project signs, to be what it signed. It needs no job
 * of its pipeline: a rollback is wanted most when a pipeline fails.
 */
import type { RollbackConfig } from "../../config/operations.ts";
import type { Job, JobName, Rules, Step } from "../model.ts";
import { script } from "../shell.ts";
import { verification } from "../signing.ts";
import type { Target } from "../target.ts";
import { COSIGN_JOB } from "./cosign.ts";
import { candidateNames } from "./promote.ts";
import { mirrorLogIn, moveTags, REGISTRY_JOB } from "./registry.ts";

const ON_DEFAULT_BRANCH = '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"';

/** Nobody waits for it, and its pipeline passes without it. */
const BY_HAND: Rules = [{ if: ON_DEFAULT_BRANCH, when: "manual", allow_failure: true }];

const FIND_TARGET: Step = { comment: "What to go back to", run: script("rollback-target") };

const move = (target: Target): readonly [Step, Step] => [
  moveTags(target),
  { comment: "Record, move, and say what remains to be done", run: script("rollback") },
];

/** What `rollback` reads of whoever starts it; empty unless typed in. */
const variables = (target: Target): Record<string, string> => ({
  CANDIDATES: candidateNames(target.images),
  ROLLBACK_TO: "",
});

/** What moves tags: never at the same time as a promotion of the branch. */
const moves = (target: Target, { migrationLabel }: RollbackConfig) => ({
  variables: { ...variables(target), MIGRATION_LABEL: migrationLabel },
  artifacts: { paths: ["rollback.json"], when: "always" as const, expire_in: "1 year" },
  resource_group: "promote-$CI_COMMIT_REF_SLUG",
  interruptible: false,
});

/** One job where nothing is signed; two where it is, since no image has both cosign and Docker. */
export function rollback(target: Target, config: RollbackConfig): Partial<Record<JobName, Job>> {
  const comment =
    "Started by hand with ROLLBACK_TO: a commit's SHA, a release such as 1.2.3, or app@sha256:… of single images.";
  if (target.signing === false)
    return {
      rollback: {
        comment,
        stage: "operate",
        extends: [REGISTRY_JOB],
        ...mirrorLogIn(target),
        rules: BY_HAND,
        needs: [],
        ...moves(target, config),
        script: [FIND_TARGET, { comment: "Find it", run: script("rollback-resolve") }, ...move(target)],
      },
    };
  return {
    rollback: {
      comment: `${comment}\nVerifies the signatures; rollback-tags follows by itself.`,
      stage: "operate",
      extends: [COSIGN_JOB],
      rules: BY_HAND,
      needs: [],
      variables: variables(target),
      script: [
        FIND_TARGET,
        verification(target.signing),
        { comment: "Find it, and prove it", run: script("rollback-verify") },
      ],
      artifacts: { paths: ["rollback/"], expire_in: "1 week" },
      interruptible: false,
    },
    "rollback-tags": {
      comment: "Moves the tags onto what rollback has proven, and nothing where it has not.",
      stage: "operate",
      extends: [REGISTRY_JOB],
      ...mirrorLogIn(target),
      rules: [{ if: ON_DEFAULT_BRANCH }],
      needs: [{ job: "rollback", artifacts: true }],
      ...moves(target, config),
      script: move(target),
    },
  };
}
