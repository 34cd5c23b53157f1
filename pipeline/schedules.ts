/** The pipeline schedules of a target project. */
import type { ProjectConfig } from "../config/projects.ts";

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
