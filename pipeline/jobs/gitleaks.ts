/**
 * Guards secrets: looks for them in what is new, a merge request's commits or a pushed range, and in the whole history
 * on schedule. What it finds is redacted in log and report.
 * @see https://github.com/gitleaks/gitleaks#readme
 */
import type { Job } from "../model.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { checkParts, WHOLE_HISTORY } from "./gate.ts";

export const gitleaks = (target: Target): Job => ({
  comment: "Looks for secrets in new commits, and in all of them on schedule.",
  ...checkParts(target, target.tool("gitleaks")),
  variables: WHOLE_HISTORY,
  script: [{ run: script("gitleaks") }],
  artifacts: { when: "always", paths: ["gitleaks.json"], expire_in: "1 week" },
});
