/** What every job that talks to the registry shares: its image, and a login that nothing else can see. */
import type { JobParts, Retry } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";

export const REGISTRY_JOB = ".registry";

/** Runner faults are tried again; what a script says is final. */
export const onRunnerFault: Retry = { max: 2, when: ["runner_system_failure", "scheduler_failure"] };

export function registryJob(target: Target): JobParts {
  return {
    comment: "Logs in to the registry, for this job alone.",
    image: target.jobImage,
    before_script: [{ run: script("log-in") }],
    after_script: [{ run: script("log-out") }],
    retry: onRunnerFault,
  };
}
