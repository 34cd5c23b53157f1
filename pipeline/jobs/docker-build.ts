/** Builds every image of the project in one go, pushes candidates by commit, and proves those that ask for it. */
import { bakeFile } from "../bake.ts";
import type { Job, Step } from "../model.ts";
import { script, writeFile } from "../shell.ts";
import type { Target } from "../target.ts";
import { isValidated, validationScript, validationService } from "../validation.ts";
import { REGISTRY_JOB } from "./registry.ts";

export function dockerBuild(target: Target): Job {
  const validated = target.images.filter(isValidated);
  return {
    comment:
      "Builds all images at once on the host's BuildKit, pushes them by commit SHA, then proves them.\nNo branch tag and no latest moves in here.",
    stage: "build",
    extends: [REGISTRY_JOB],
    tags: target.tags.socket,
    ...(validated.length > 0 ? { services: validated.map(validationService) } : {}),
    // A job of its own network is how a container that this job starts can reach the job's services.
    ...(validated.length > 0 ? { variables: { FF_NETWORK_PER_BUILD: "true" } } : {}),
    before_script: [
      { reference: [REGISTRY_JOB, "before_script"] },
      { comment: "Attach to the isolated BuildKit instance of this host", run: script("attach-builder") },
    ],
    script: [
      { comment: "Choose caches", run: script("choose-caches") },
      {
        comment: "Build and push candidates",
        run: writeFile('"$DOCKER_CONFIG/docker-bake.hcl"', bakeFile(target.images)) + script("build"),
      },
      ...validated.map(
        (image): Step => ({ comment: `Validate ${image.name}`, run: validationScript(image) }),
      ),
    ],
    artifacts: { paths: ["digests.txt"], expire_in: "1 week" },
    interruptible: true,
  };
}
