/**
 * Guards the backup's worth: brings one back from the bucket, proves every blob, and puts the images beside those in
 * use, by digest and with what refers to them. Nothing that is deployed is overwritten.
 */
import type { BackupConfig } from "../../config/operations.ts";
import type { Job } from "../model.ts";
import { operation } from "../operations.ts";
import { script } from "../shell.ts";
import type { Target } from "../target.ts";
import { bucketParts } from "./backup.ts";

export function restore(target: Target, config: BackupConfig): Job {
  const { variables, ...parts } = bucketParts(target, config);
  return {
    comment:
      "Run pipeline with OPERATION=restore; RESTORE_FROM names a backup, RESTORE_TO what is added to the images' names.",
    stage: "operate",
    ...parts,
    rules: [operation("restore")],
    variables: { ...variables, RESTORE_FROM: "", RESTORE_TO: "-restored" },
    script: [{ run: script("restore") }],
    artifacts: { paths: ["backup.txt"], expire_in: "1 year" },
    resource_group: "backup",
  };
}
