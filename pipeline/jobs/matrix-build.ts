/**
 * Guards the registry for an image with a matrix: other branches prove that every cell builds, the default branch and
 * tags push candidates.
 */
import type { ImageConfig } from "../../config/images.ts";
import type { HiddenName, Job, JobName, JobParts } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { buildParts, buildVariables, validations } from "./docker-build.ts";

export const ON_DEFAULT_BRANCH_OR_TAG = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH || $CI_COMMIT_TAG";

const hiddenName = (image: ImageConfig): HiddenName => `.build-${image.name}`;

/** The values of the matrix's variables, joined as tags have them. */
const cell = (matrix: NonNullable<ImageConfig["matrix"]>): string =>
  `CELL="${Object.keys(matrix)
    .map((name) => `$${name}`)
    .join("-")}"\n`;

/** What the two jobs of an image share. */
export function matrixParts(target: Target, image: ImageConfig): Record<HiddenName, JobParts> {
  if (!image.matrix) return {};
  const { before_script = [], ...parts } = buildParts(target, [image]);
  return {
    [hiddenName(image)]: {
      comment: `One job for each cell of ${image.name}.`,
      ...parts,
      needs: [],
      parallel: { matrix: [image.matrix] },
      variables: buildVariables(target, [image]),
      before_script: [...before_script, { comment: "Name the cell as tags do", run: cell(image.matrix) }],
      interruptible: true,
    },
  };
}

/** `build-<image>` and `build-and-push-<image>`. */
export function matrixBuilds(image: ImageConfig): Partial<Record<JobName, Job>> {
  if (!image.matrix) return {};
  return {
    [`build-${image.name}` as const]: {
      comment: `Proves that every cell of ${image.name} builds; nothing is pushed.`,
      stage: "build",
      extends: [hiddenName(image)],
      rules: [{ if: ON_DEFAULT_BRANCH_OR_TAG, when: "never" }, { when: "on_success" }],
      script: [{ comment: "Build", run: script("build-only") }],
    },
    [`build-and-push-${image.name}` as const]: {
      comment: `Builds every cell of ${image.name}, pushes it by commit SHA, then proves it.`,
      stage: "build",
      extends: [hiddenName(image)],
      rules: [{ if: ON_DEFAULT_BRANCH_OR_TAG }],
      script: [{ comment: "Build and push the candidate", run: script("build") }, ...validations([image])],
      artifacts: { paths: ["candidates/"], expire_in: "1 week" },
    },
  };
}
