/**
 * Guards the registry: builds every image of the project in one go, pushes candidates by commit, and proves those that
 * ask for it. No tag that anybody deploys moves in here.
 */
import type { ImageConfig } from "../../config/images.ts";
import { candidatesOf } from "../candidates.ts";
import type { Job, JobParts, Step } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { isValidated, validationScript, validationService } from "../validation.ts";
import { REGISTRY_JOB } from "./registry.ts";

export const READ_CANDIDATES: Step = {
  comment: "Read what the build jobs pushed",
  run: script("read-candidates"),
};

/** What every job that builds has: the host's builder, the services of its validations, and the caches. */
export function buildParts(target: Target, images: readonly ImageConfig[]): Omit<JobParts, "comment"> {
  const services = images
    .filter(isValidated)
    .filter((image) => image.validate.in === "docker-build")
    .map(validationService);
  return {
    extends: [REGISTRY_JOB],
    tags: target.tags.socket,
    ...(services.length > 0 ? { services } : {}),
    before_script: [
      { reference: [REGISTRY_JOB, "before_script"] },
      { comment: "Attach to the isolated BuildKit instance of this host", run: script("attach-builder") },
      { comment: "Choose caches", run: script("choose-caches") },
    ],
  };
}

/** Validations by `docker run`, against the services of the same job. */
export function validations(images: readonly ImageConfig[]): Step[] {
  const validated = images.filter(isValidated).filter((image) => image.validate.in === "docker-build");
  if (validated.length === 0) return [];
  return [
    READ_CANDIDATES,
    ...validated.map((image): Step => ({ comment: `Validate ${image.name}`, run: validationScript(image) })),
  ];
}

/** Variables that the build's scripts read. */
export const buildVariables = (target: Target, images: readonly ImageConfig[]): Record<string, string> => ({
  IMAGES: images.map((image) => image.name).join(" "),
  // A job of its own network is how a container that this job starts can reach the job's services.
  ...(validations(images).length > 0 ? { FF_NETWORK_PER_BUILD: "true" } : {}),
  // BuildKit runs it over what it built.
  ...(target.gates.attestations !== false && target.gates.attestations.sbom
    ? { SBOM_GENERATOR: target.tool("buildkitSyftScanner") }
    : {}),
});

export function dockerBuild(target: Target, images: readonly ImageConfig[]): Job {
  const count = images.flatMap(candidatesOf).length;
  return {
    comment: `Builds ${count === 1 ? "the image" : "all images at once"} on the host's BuildKit, pushes by commit SHA, then proves what asks for it.\nNo branch tag and no latest moves in here.`,
    stage: "build",
    ...buildParts(target, images),
    // Checks run at the same time; what they find stops the promotion.
    needs: [],
    variables: buildVariables(target, images),
    script: [{ comment: "Build and push candidates", run: script("build") }, ...validations(images)],
    artifacts: { paths: ["candidates/"], expire_in: "1 week" },
    interruptible: true,
  };
}
