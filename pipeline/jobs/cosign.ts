/** What jobs share that ask cosign: its image, and a login to the registry that nothing else can see. */
import type { JobParts } from "../model.ts";
import type { Target } from "../target.ts";
import { onRunnerFault, toolLogIn } from "./registry.ts";

export const COSIGN_JOB = ".cosign";

/** The hidden job. Its image has a shell, and no Docker CLI. */
export function cosignJob(target: Target): JobParts {
  return {
    comment: "Logs in to the registry where there is cosign and no Docker, for this job alone.",
    image: { name: target.tool("cosign"), entrypoint: [""] },
    ...toolLogIn(target),
    retry: onRunnerFault,
  };
}
