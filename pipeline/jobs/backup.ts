/**
 * Guards against the loss of the registry: copies promoted images, with their signatures and attestations, to a bucket
 * from which nobody can delete them for a while, and reads everything back before it says that there is a backup.
 */
import type { BackupConfig } from "../../config/operations.ts";
import type { Job, JobParts } from "../model.ts";
import { operation } from "../operations.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { candidateNames } from "./promote.ts";
import { REGISTRY_JOB } from "./registry.ts";

/** What jobs have in common that copy between registry and bucket. */
export function bucketParts(
  target: Target,
  backup: BackupConfig,
): Pick<JobParts, "extends" | "tags" | "before_script" | "after_script" | "interruptible"> & {
  readonly variables: Record<string, string>;
} {
  const [, kind = "", path = ""] = /^(s3|gs):\/\/(.+)$/.exec(backup.bucket) ?? [];
  const endpoint = backup.endpoint ?? (kind === "gs" ? "https://storage.googleapis.com" : "");
  return {
    extends: [REGISTRY_JOB],
    tags: target.tags.socket,
    variables: {
      BACKUP_ENDPOINT: endpoint,
      BACKUP_PATH: path,
      BACKUP_PROVIDER: kind === "gs" ? "GCS" : endpoint === "" ? "AWS" : "Other",
      BACKUP_REGION: backup.region,
      ORAS_IMAGE: target.tool("oras"),
      RCLONE_IMAGE: target.tool("rclone"),
    },
    before_script: [
      { reference: [REGISTRY_JOB, "before_script"] },
      { comment: "Tools on a volume of this job", run: script("backup-volume") },
    ],
    after_script: [{ run: script("backup-volume-end") }, { reference: [REGISTRY_JOB, "after_script"] }],
    interruptible: false,
  };
}

export function backup(target: Target, config: BackupConfig): Job {
  const { variables, ...parts } = bucketParts(target, config);
  return {
    comment: `Copies promoted images to ${config.bucket}, and reads them back.`,
    stage: "operate",
    ...parts,
    rules: [operation("backup")],
    variables: {
      ...variables,
      CANDIDATES: candidateNames(target.images),
      // Object lock is S3's; on Google's storage it is the bucket's own retention policy.
      RETENTION_DAYS: String(config.bucket.startsWith("s3:") ? config.retentionDays : 0),
    },
    script: [{ run: script("backup") }],
    artifacts: { paths: ["backup.txt"], expire_in: "1 year" },
    resource_group: "backup",
  };
}
