/** How a job of stage `verify` gets the candidates. */
import type { ImageConfig } from "../../config/images.ts";
import { buildJobs } from "../candidates.ts";
import type { Job } from "../model.ts";
import { ON_DEFAULT_BRANCH_OR_TAG } from "./matrix-build.ts";

/**
 * It starts as soon as they are built, with the artifacts that name them. Where every image has a matrix, other
 * branches push no candidate, and there is nothing to verify.
 */
export function fromBuilds(images: readonly ImageConfig[]): Pick<Job, "needs" | "rules"> {
  const plain = images.some((image) => !image.matrix);
  return {
    needs: buildJobs(images).map((job) =>
      plain && job !== "docker-build" ? { job, optional: true } : { job },
    ),
    ...(plain ? {} : { rules: [{ if: ON_DEFAULT_BRANCH_OR_TAG }] }),
  };
}
