/**
 * Guards promotion: a job whose image is the candidate, beside the service that it must work with. It needs no socket;
 * the runner itself pulls the candidate.
 */
import type { Job, JobName } from "../model.ts";
import type { Target } from "../target.ts";
import { type ValidatedImage, validationJobScript, validationService } from "../validation.ts";
import { onRunnerFault } from "./registry.ts";

export const validateName = (image: ValidatedImage): JobName => `validate-${image.name}`;

export function validate(target: Target, image: ValidatedImage): Job {
  return {
    comment: `Runs ${image.name} against ${image.validate.service}.`,
    stage: "verify",
    image: { name: `$REGISTRY_IMAGE/${image.name}:$CI_COMMIT_SHA`, entrypoint: [""] },
    tags: target.tags.plain,
    needs: [{ job: "docker-build", artifacts: false }],
    services: [validationService(image)],
    variables: {
      // What the service says stands in the job's log.
      CI_DEBUG_SERVICES: "true",
      GIT_STRATEGY: "none",
    },
    script: [{ run: validationJobScript(image) }],
    interruptible: true,
    timeout: `${image.validate.timeout * 2 + 300} seconds`,
    retry: onRunnerFault,
  };
}
