/** What the jobs of a target project are made from: plain values, decided before any job is written. */

import type { GatesConfig } from "../config/gates.ts";
import type { HooksConfig } from "../config/hooks.ts";
import type { ImageConfig } from "../config/images.ts";
import type { BackupConfig, ReviewConfig, RollbackConfig } from "../config/operations.ts";
import type { ProjectConfig } from "../config/projects.ts";
import type { SigningConfig } from "../config/signing.ts";
import type { FleetConfig } from "../runner/fleets/kinds.ts";
import { runnerTags } from "../runner/levels.ts";
import type { RegistryAccess } from "./registries.ts";
import { type ToolName, toolImage } from "./tools.ts";
import { accessesOf, projectVariables } from "./variables.ts";

export interface Target {
  readonly stack: string;
  readonly path: string;
  readonly images: readonly ImageConfig[];
  readonly refs: FleetConfig["refs"];
  /** Of jobs that need the Docker CLI. */
  readonly jobImage: string;
  /** Jobs that must pass before a tag moves. */
  readonly gates: GatesConfig;
  /** What a job's `image:` says for a tool. */
  readonly tool: (name: ToolName) => string;
  /** Tags of jobs, by class; they may hold `$TRUST_LEVEL`. */
  readonly tags: { readonly socket: readonly string[]; readonly plain: readonly string[] };
  /** How jobs reach the registry that is built to, and log in there. */
  readonly registry: RegistryAccess;
  /** The same for those that promoted digests are copied to. */
  readonly mirrors: readonly RegistryAccess[];
  /** Names of CI/CD variables that the project has, or that its owner sets. */
  readonly projectVariables: readonly string[];
  /** Changes of the project's own to the jobs. */
  readonly hooks: HooksConfig;
  /** File of the repository with jobs of the project's own. */
  readonly extraJobs: string | undefined;
  /** Whether and how images are signed. */
  readonly signing: SigningConfig;
  readonly rollback: RollbackConfig | false;
  readonly backup: BackupConfig | undefined;
  readonly review: ReviewConfig | undefined;
  /** The file is included by the project's own. */
  readonly include: boolean;
}

/** Tags of jobs that log in to these registries: a login that starts a container needs the Docker socket. */
export const loginTags = (target: Target, accesses: readonly RegistryAccess[]): readonly string[] =>
  accesses.some((access) => access.needsSocket) ? target.tags.socket : target.tags.plain;

export function targetOf(stack: string, project: ProjectConfig, fleet: FleetConfig): Target {
  const level = fleet.refs === "separated" ? "$TRUST_LEVEL" : undefined;
  const tool = (name: ToolName) => toolImage(name, project.tools);
  const [registry, ...mirrors] = accessesOf(project);
  return {
    stack,
    path: project.path,
    images: project.images,
    refs: fleet.refs,
    jobImage: project.jobImage ?? tool("docker"),
    gates: project.gates,
    tool,
    tags: { socket: runnerTags(fleet.tags, level, "socket"), plain: runnerTags(fleet.tags, level, "plain") },
    registry,
    mirrors,
    projectVariables: [
      ...projectVariables(project, fleet).map(({ key }) => key),
      // Of schedules, and of whoever runs a pipeline by hand.
      ...(project.backup || project.review ? ["OPERATION"] : []),
    ],
    hooks: project.hooks,
    extraJobs: project.extraJobs,
    signing: project.signing,
    rollback: project.rollback,
    backup: project.backup,
    review: project.review,
    include: project.include,
  };
}
