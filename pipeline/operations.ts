/** What runs by a schedule, and how such a pipeline is kept apart from those that build. */
import type { BackupConfig } from "../config/operations.ts";
import type { ProjectConfig, Secret } from "../config.ts";
import type { Job, Rule, Rules } from "./model.ts";

/** A pipeline schedule of the target project. */
export interface Schedule {
  readonly name: "backup" | "refresh" | "review";
  readonly description: string;
  /** Five fields, in UTC. */
  readonly cron: string;
  readonly variables: Readonly<Record<string, string>>;
}

export function schedulesOf(
  project: Pick<ProjectConfig, "backup" | "refresh" | "review">,
): readonly Schedule[] {
  const { backup, refresh, review } = project;
  return [
    ...(backup
      ? [
          {
            name: "backup" as const,
            description: "Back up promoted images",
            cron: backup.cron,
            variables: { OPERATION: "backup" },
          },
        ]
      : []),
    ...(refresh
      ? [
          {
            name: "refresh" as const,
            description: "Build anew on fresh base images",
            cron: refresh.cron,
            variables: { REFRESH: "true" },
          },
        ]
      : []),
    ...(review
      ? [
          {
            name: "review" as const,
            description: "Review what is deployed",
            cron: review.cron,
            variables: { OPERATION: "review" },
          },
        ]
      : []),
  ];
}

/** CI/CD variables by which a backup reaches its bucket: of pipelines of protected refs alone. */
export function backupVariables(backup: BackupConfig | undefined): readonly {
  readonly key: string;
  readonly value: string | Secret;
  readonly description: string;
  readonly protected: true;
}[] {
  if (backup === undefined) return [];
  return [
    {
      key: "BACKUP_ACCESS_KEY_ID",
      value: backup.accessKeyId,
      description: "Key of the backups' bucket",
      protected: true,
    },
    {
      key: "BACKUP_SECRET_ACCESS_KEY",
      value: backup.secretAccessKey,
      description: "Secret of BACKUP_ACCESS_KEY_ID",
      protected: true,
    },
  ];
}

/** Pipelines of the protected default branch, whose variables say what they are for. */
export const operation = (name: string): Rule => ({
  if: `$OPERATION == "${name}" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"`,
});

const BY_OPERATION: Rule = { if: "$OPERATION", when: "never" };

/** The jobs, with all that build and promote left out of pipelines that are for something else. */
export function apart(jobs: Readonly<Record<string, Job>>): Readonly<Record<string, Job>> {
  const guarded = (rules: Rules | undefined): Rules => [
    BY_OPERATION,
    ...(rules ?? [{ when: "on_success" } as const]),
  ];
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      job.rules?.some(({ if: condition }) => condition?.includes("$OPERATION"))
        ? job
        : { ...job, rules: guarded(job.rules) },
    ]),
  );
}
