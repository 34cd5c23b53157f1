/**
 * Guards what is deployed against growing old: a report that answers the periodic checklist by itself. It fails on
 * nothing but what the configuration names.
 */
import type { BackupConfig, ReviewConfig } from "../../config/operations.ts";
import type { Job } from "../model.ts";
import { operation } from "../operations.ts";
import { script } from "../shell.ts";
import { loginTags, type Target } from "../target.ts";
import { bucketParts } from "./backup.ts";
import { candidateNames } from "./promote.ts";
import { REGISTRY_JOB } from "./registry.ts";

/** @param backup whose age it tells, where there are backups. */
export function review(target: Target, { fail }: ReviewConfig, backup: BackupConfig | undefined): Job {
  const { variables, ...parts } = backup
    ? bucketParts(target, backup)
    : { extends: [REGISTRY_JOB] as const, tags: loginTags(target, [target.registry]), variables: {} };
  return {
    comment: "Tells what has grown old: base images, sizes, users, attestations, backups.",
    stage: "operate",
    ...parts,
    rules: [operation("review")],
    variables: {
      ...variables,
      CANDIDATES: candidateNames(target.images),
      FAIL_ON: fail.join(" "),
      ...(target.gates.trivy === false ? {} : { SEVERITY: target.gates.trivy.severity.join(",") }),
    },
    script: [{ run: script("review") }],
    artifacts: { paths: ["review.md"], when: "always", expire_in: "1 year" },
  };
}
