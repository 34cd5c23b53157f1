/**
 * Guards the images: looks at every Dockerfile for what makes builds break, leak or rot. Findings stand in the merge
 * request, as a code quality report.
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
import { posix } from "node:path";
import type { GatesConfig } from "../../config/gates.ts";
import type { Job } from "../model.ts";
import { quote, script } from "../shell.ts";
import type { Target } from "../target.ts";
import { checkParts } from "./gate.ts";

export type HadolintSettings = Exclude<GatesConfig["hadolint"], false>;

const dockerfiles = ({ images }: Target): string[] => [
  ...new Set(images.map(({ context, dockerfile }) => posix.join(context, dockerfile))),
];

export function hadolint(target: Target, settings: HadolintSettings): Job {
  const options = [
    ...["--failure-threshold", settings.threshold],
    ...settings.ignore.flatMap((rule) => ["--ignore", rule]),
  ];
  const words = [...options, "--", ...dockerfiles(target)].map(quote).join(" ");
  return {
    comment: "Looks at every Dockerfile; findings stand in the merge request.",
    ...checkParts(target, target.tool("hadolint")),
    script: [{ run: `set -- ${words}\n${script("hadolint")}` }],
    artifacts: {
      // Also of a job that failed: its findings are what a person wants to see.
      when: "always",
      reports: { codequality: "gl-code-quality-report.json" },
      expire_in: "1 week",
    },
  };
}
