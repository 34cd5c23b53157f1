/**
 * Guards the history: holds the commits of a merge request to the project's convention, Conventional Commits unless
 * it has another.
 * @see https://www.conventionalcommits.org/
 */
import type { GatesConfig } from "../../config/gates.ts";
import type { Job } from "../model.ts";
import { quote, script } from "../shell.ts";
import type { Target } from "../target.ts";
import { checkParts, WHOLE_HISTORY } from "./gate.ts";

export type CommitlintSettings = Exclude<GatesConfig["commitlint"], false>;

export const commitlint = (target: Target, { config }: CommitlintSettings): Job => ({
  comment: "Holds the merge request's commits to the convention.",
  ...checkParts(target, target.tool("commitlint")),
  rules: [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }],
  variables: WHOLE_HISTORY,
  script: [
    { run: `set --${config === undefined ? "" : ` --config ${quote(config)}`}\n${script("commitlint")}` },
  ],
});
