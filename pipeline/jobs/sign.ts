/**
 * Guards promotion on protected refs: signs what this pipeline built, by digest, and stops where a candidate is not
 * what this project signed for this commit. A release that reuses an earlier pipeline's image must not launder one
 * that somebody pushed in its place.
 */
import { buildJobs } from "../candidates.ts";
import type { Job } from "../model.ts";
import { script } from "../shell.ts";
import { type Signing, signature, signingIdTokens, verification } from "../signing.ts";
import type { Target } from "../target.ts";
import { COSIGN_JOB } from "./cosign.ts";
import { READ_CANDIDATES } from "./docker-build.ts";
import { byBranch, candidateNames } from "./promote.ts";
import { idTokens } from "./registry.ts";

const UNPROTECTED = '$CI_COMMIT_REF_PROTECTED != "true"';

export function sign(target: Target, signing: Signing): Job {
  const signer = signingIdTokens(signing);
  return {
    comment: "Signs what this pipeline built, and verifies everything that it is going to promote.",
    stage: "sign",
    extends: [COSIGN_JOB],
    rules: [
      { if: UNPROTECTED, when: "never" },
      { if: "$CI_COMMIT_TAG", variables: { CANDIDATES: candidateNames(target.images) } },
      ...byBranch(target),
    ],
    dependencies: buildJobs(target.images),
    ...(Object.keys(signer).length > 0
      ? { id_tokens: { ...idTokens([target.registry]).id_tokens, ...signer } }
      : {}),
    script: [
      verification(signing),
      signature(signing),
      READ_CANDIDATES,
      { comment: "Sign and verify by digest", run: script("sign") },
    ],
    interruptible: false,
  };
}
