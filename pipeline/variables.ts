/** CI/CD variables that the stack sets in a target project. GitLab's own registry needs none. */
import type { BackupConfig } from "../config/operations.ts";
import type { ProjectConfig } from "../config/projects.ts";
import type { Secret } from "../config/secret.ts";
import type { FleetConfig } from "../runner/fleets/kinds.ts";
import { dockerAuthVariable, type RegistryAccess, registryAccesses } from "./registries.ts";
import { signingVariables } from "./signing.ts";
import { toolImage } from "./tools.ts";

export interface CiVariable {
  readonly key: string;
  /** A secret is masked in logs, and hidden on the settings page. */
  readonly value: string | Secret;
  readonly description: string;
  readonly protected: boolean;
}

/** How a project's jobs reach its registry, which comes first, and its mirrors. */
export const accessesOf = ({
  registry,
  mirrors,
  tools,
}: ProjectConfig): readonly [RegistryAccess, ...RegistryAccess[]] =>
  registryAccesses(registry, mirrors, { aws: toolImage("awsCli", tools), curl: toolImage("curl", tools) });

/**
 * @see https://docs.gitlab.com/ci/variables/#hide-a-cicd-variable
 */
export function projectVariables(project: ProjectConfig, fleet: FleetConfig): CiVariable[] {
  const shared = [
    ...accessesOf(project).flatMap((access) => access.projectVariables),
    ...dockerAuthVariable(project.dockerAuth),
  ];
  return [
    // Only a fleet that serves nothing but protected refs can do with protected variables: they are absent elsewhere.
    ...shared.map((variable) => ({ ...variable, protected: fleet.refs === "protected" })),
    ...signingVariables(project.signing),
    ...backupVariables(project.backup),
  ];
}

/** By which a backup reaches its bucket: of pipelines of protected refs alone. */
export function backupVariables(backup: BackupConfig | undefined): readonly CiVariable[] {
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
