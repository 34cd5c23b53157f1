/** The schema of what is done with promoted images: `rollback` and the like, below `buildx-runners:projects[]`. */
import { z } from "zod";
import { httpUrl, line } from "./fields.ts";
import { maskableSecret } from "./registries.ts";
import { cronExpression } from "./schedule.ts";

const rollbackSettings = z.strictObject({
  migrationLabel: z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "the name of a label, such as com.example.migration")
    .default("migration")
    .describe("Image label with the database migration that the image needs."),
});

export const rollbackSchema = z
  .union([z.boolean(), rollbackSettings], "true, false, or { migrationLabel: com.example.migration }")
  .transform((value) => (value === true ? rollbackSettings.parse({}) : value))
  .prefault(true)
  .describe("A manual job that moves latest back to an earlier commit or release.");

export type RollbackConfig = z.output<typeof rollbackSettings>;

const cron = cronExpression("0 3 * * *, in UTC");

const backupSettings = z.strictObject({
  bucket: z
    .string()
    .regex(
      /^(?:s3|gs):\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/,
      "a bucket, with or without a directory: s3://acme-backups/shop or gs://acme-backups/shop",
    )
    .describe("Where backups go: s3://… or gs://…"),
  endpoint: httpUrl.optional().describe("Address of an S3 service other than Amazon's."),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "a region such as eu-west-1")
    .default("us-east-1")
    .describe("Region of the bucket."),
  accessKeyId: line
    .regex(/^[A-Za-z0-9_-]{8,128}$/, "an access key's id")
    .describe(
      "ID of an access key that may list, read and write there, but not delete; for gs:// an HMAC key.",
    ),
  secretAccessKey: maskableSecret.describe(
    "Secret of the access key; stored as a protected, masked, hidden variable.",
  ),
  retentionDays: z
    .int()
    .min(0)
    .max(3650)
    .default(30)
    .describe(
      "Days for which object lock prevents deletion of a backup (s3://, a bucket with object lock); 0 uses the bucket's default. For gs://, set the bucket's retention policy.",
    ),
  cron: cron.default("0 3 * * *").describe("When."),
});

export const backupSchema = backupSettings
  .optional()
  .describe(
    "Copies of promoted images, with signatures and attestations, in a bucket; and a job that restores them.",
  );

export type BackupConfig = z.output<typeof backupSettings>;

export const refreshSchema = z
  .strictObject({ cron: cron.default("0 4 * * 1").describe("When.") })
  .optional()
  .describe("Scheduled builds that pull base images again, use no cache and pass all gates.");

export type RefreshConfig = NonNullable<z.output<typeof refreshSchema>>;

const reviewSettings = z.strictObject({
  cron: cron.default("0 5 * * 1").describe("When."),
  fail: z
    .array(
      z.enum(["attestations", "backup", "base", "promoted", "restore", "size", "user", "vulnerabilities"]),
    )
    .default([])
    .describe("Checks that fail the job; without them it only reports."),
});

export const reviewSchema = reviewSettings
  .optional()
  .describe(
    "A scheduled report: base images up to date, vulnerabilities, users, sizes, attestations, age of backup and restore test.",
  );

export type ReviewConfig = z.output<typeof reviewSettings>;

const gitTag = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9*][A-Za-z0-9._*-]*$/, "a tag's name or a wildcard: v*");

export const protectionSchema = z
  .strictObject({
    tags: z
      .array(gitTag)
      .default(["v*"])
      .describe("Git tags that only Maintainers may create. Only protected tags start a release."),
    containers: z
      .boolean()
      .default(false)
      .describe(
        "Rules of GitLab's own registry: only Maintainers may move latest and release tags (GitLab 17.11 or later).",
      ),
  })
  .optional()
  .describe("Protections that this stack sets; without this key it changes none.");

export type ProtectionConfig = NonNullable<z.output<typeof protectionSchema>>;

export const cleanupSchema = z
  .strictObject({
    cadence: z
      .enum(["1d", "7d", "14d", "1month", "3month"])
      .default("1d")
      .describe("How often GitLab runs the policy."),
    keepN: z
      .union([1, 5, 10, 25, 50, 100].map((count) => z.literal(count)))
      .default(10)
      .describe("How many of an image's other tags to keep, newest first."),
    olderThan: z
      .enum(["7d", "14d", "30d", "60d", "90d"])
      .default("30d")
      .describe("Age at which the other tags are deleted; older commits cannot be rolled back to."),
  })
  .optional()
  .describe(
    "GitLab's cleanup policy for the project's own registry: deployed images, caches in use and signatures are kept. On destroy the previous policy is restored.",
  );

export type CleanupConfig = NonNullable<z.output<typeof cleanupSchema>>;
