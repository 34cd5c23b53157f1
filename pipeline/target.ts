/** What the jobs of a target project are made from: plain values, decided before any job is written. */
import type { FleetConfig, ImageConfig, ProjectConfig } from "../config.ts";
import { runnerTags } from "../runner/levels.ts";

export interface Target {
  readonly stack: string;
  readonly path: string;
  readonly images: readonly ImageConfig[];
  readonly refs: FleetConfig["refs"];
  readonly jobImage: string;
  /** Tags of jobs, by class; they may hold `$TRUST_LEVEL`. */
  readonly tags: { readonly socket: readonly string[]; readonly plain: readonly string[] };
  /** CI/CD variables of GitLab's own registry, or of the project where the registry is another. */
  readonly registry: "gitlab" | "variables";
  /** The file is included by the project's own. */
  readonly include: boolean;
}

export function targetOf(stack: string, project: ProjectConfig, fleet: FleetConfig): Target {
  const level = fleet.refs === "separated" ? "$TRUST_LEVEL" : undefined;
  return {
    stack,
    path: project.path,
    images: project.images,
    refs: fleet.refs,
    jobImage: project.jobImage ?? fleet.jobImage,
    tags: { socket: runnerTags(fleet.tags, level, "socket"), plain: runnerTags(fleet.tags, level, "plain") },
    registry: project.registry === "gitlab" ? "gitlab" : "variables",
    include: project.include,
  };
}
