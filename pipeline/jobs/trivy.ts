/**
 * Guards promotion: scans each candidate once, by digest, for known vulnerabilities. Every report is made from what
 * that scan found, and so is the decision. A job for each candidate, for GitLab reads one report of a job. Of an image
 * for several platforms Trivy looks at one.
 * @see https://trivy.dev/docs/latest/guide/references/configuration/cli/trivy_convert/
 */
import type { GatesConfig } from "../../config/gates.ts";
import type { ImageConfig } from "../../config/images.ts";
import { candidatesOf } from "../candidates.ts";
import type { HiddenName, Job, JobName, JobParts } from "../model.ts";
import { operation } from "../operations.ts";
import { assignments, quote, script } from "../shell.ts";
import type { Target } from "../target.ts";
import { READ_CANDIDATES } from "./docker-build.ts";
import { fromBuilds } from "./from-builds.ts";
import { onRunnerFault, toolLogIn } from "./registry.ts";

export type TrivySettings = Exclude<GatesConfig["trivy"], false>;

const HIDDEN: HiddenName = ".trivy";

/** What a scan is told, before the script that makes it: its settings as variables, and options as arguments. */
function scan(settings: TrivySettings, name: "trivy" | "review-trivy"): string {
  const { database, javaDatabase } = settings;
  const options = [
    ...(database === undefined ? [] : ["--db-repository", database]),
    ...(javaDatabase === undefined ? [] : ["--java-db-repository", javaDatabase]),
  ];
  const values = {
    SEVERITY: settings.severity.join(","),
    IGNORE_UNFIXED: String(settings.ignoreUnfixed),
    IGNORE_FILE: settings.ignoreFile,
  };
  const words = options.map((word) => ` ${quote(word)}`).join("");
  return `${assignments(values)}set --${words}\n${script("trivy-alone")}${script(name)}`;
}

/** What the scans of all images share. */
export const trivyParts = (target: Target): Record<HiddenName, JobParts> => ({
  [HIDDEN]: {
    comment: "Scans one candidate; its reports come from the same scan as the decision.",
    image: { name: target.tool("trivy"), entrypoint: [""] },
    ...toolLogIn(target),
    artifacts: {
      // Also of a job that failed: what it found is what a person wants to see.
      when: "always",
      paths: ["trivy.json", "trivy.txt"],
      reports: {
        container_scanning: "gl-container-scanning-report.json",
        cyclonedx: ["gl-sbom-trivy.cdx.json"],
      },
      expire_in: "1 week",
    },
    interruptible: true,
    retry: onRunnerFault,
  },
});

function job(settings: TrivySettings, images: readonly ImageConfig[]): Job {
  return {
    comment: "Fails on vulnerabilities that can be fixed, and that no exception covers.",
    stage: "verify",
    extends: [HIDDEN],
    ...fromBuilds(images),
    parallel: { matrix: [{ CANDIDATE: images.flatMap(candidatesOf) }] },
    script: [READ_CANDIDATES, { comment: "Scan, report, decide", run: scan(settings, "trivy") }],
  };
}

/**
 * What is deployed, against what is known today: for the review, which reports it. It is no gate: nothing is promoted
 * in such a pipeline.
 */
export const reviewTrivy = (target: Target, settings: TrivySettings): Job => ({
  comment: "Counts the vulnerabilities of what is deployed that are known today.",
  stage: "verify",
  image: { name: target.tool("trivy"), entrypoint: [""] },
  ...toolLogIn(target),
  rules: [operation("review")],
  parallel: { matrix: [{ CANDIDATE: target.images.flatMap(candidatesOf) }] },
  script: [{ run: scan(settings, "review-trivy") }],
  artifacts: { paths: ["vulnerabilities/"], expire_in: "1 week" },
  // The review says what could not be scanned.
  allow_failure: true,
  interruptible: true,
  retry: onRunnerFault,
});

/** `trivy` for images without a matrix; `trivy-<image>` where other branches have no candidate. */
export function trivyJobs({ images }: Target, settings: TrivySettings): Partial<Record<JobName, Job>> {
  const plain = images.filter((image) => !image.matrix);
  return {
    ...(plain.length > 0 ? { trivy: job(settings, plain) } : {}),
    ...Object.fromEntries(
      images.filter((image) => image.matrix).map((image) => [`trivy-${image.name}`, job(settings, [image])]),
    ),
  };
}
