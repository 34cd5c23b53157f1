/** What jobs that check the sources share. */
import type { Job } from "../model.ts";
import type { Target } from "../target.ts";
import { onRunnerFault } from "./registry.ts";

/** @param image overrides its entry point: some tools' images start the tool itself. */
export const checkParts = (
  target: Target,
  image: string,
): Pick<Job, "stage" | "image" | "tags" | "needs" | "interruptible" | "retry"> => ({
  stage: "check",
  image: { name: image, entrypoint: [""] },
  tags: target.tags.plain,
  needs: [],
  interruptible: true,
  retry: onRunnerFault,
});

/** Every commit, for tools that read the history. */
export const WHOLE_HISTORY = { GIT_DEPTH: "0" } as const;
