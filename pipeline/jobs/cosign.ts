/** What jobs share that ask cosign: its image, and a login to the registry that nothing else can see. */
import type { JobParts } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { onRunnerFault } from "./registry.ts";

export const COSIGN_JOB = ".cosign";

/** The hidden job. Its image has a shell, and no Docker CLI. */
export function cosignJob(target: Target): JobParts {
  return {
    comment: "Logs in to the registry where there is cosign and no Docker, for this job alone.",
    image: { name: target.tool("cosign"), entrypoint: [""] },
    before_script: [
      { comment: "This image has no Docker CLI", run: script("log-in-file") },
      { run: script("log-in-password") },
    ],
    after_script: [{ run: script("log-out") }],
    retry: onRunnerFault,
  };
}
