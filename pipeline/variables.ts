/** CI/CD variables of a target project. GitLab's own registry brings its own. */
import type { FleetConfig, ProjectConfig, Secret } from "../config.ts";

export interface RegistryVariable {
  readonly key: "REGISTRY" | "REGISTRY_IMAGE" | "REGISTRY_USER" | "REGISTRY_PASSWORD";
  /** A secret is masked in logs, and hidden on the settings page. */
  readonly value: string | Secret;
  readonly description: string;
  readonly protected: boolean;
}

/**
 * @returns the variables that the pipeline's login reads.
 * @see https://docs.gitlab.com/ci/variables/#hide-a-cicd-variable
 */
export function registryVariables(project: ProjectConfig, fleet: FleetConfig): RegistryVariable[] {
  const { registry } = project;
  if (registry === "gitlab") return [];
  // Only a fleet that serves nothing but protected refs can do with protected variables: they are absent elsewhere.
  const shared = { protected: fleet.refs === "protected" };
  const host = registry.image.slice(0, registry.image.indexOf("/"));
  return [
    { key: "REGISTRY", value: host, description: "Registry that images are pushed to", ...shared },
    { key: "REGISTRY_IMAGE", value: registry.image, description: "Prefix of the images' names", ...shared },
    { key: "REGISTRY_USER", value: registry.user, description: "User of the registry", ...shared },
    {
      key: "REGISTRY_PASSWORD",
      value: registry.password,
      description: "Password of the registry",
      ...shared,
    },
  ];
}
