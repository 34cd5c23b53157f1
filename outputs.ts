/** What a person asks of a running stack: `pulumi stack output`. Addresses, commands and versions; no secret. */
import { registryImage } from "./config/registries.ts";
import type { FleetConfig, ProjectConfig } from "./config.ts";

/**
 * The page of a runner record.
 *
 * @param gitlabUrl GitLab's own address.
 * @param id the record's number in GitLab.
 * @see https://docs.gitlab.com/ci/runners/configure_runners/#artifact-provenance-metadata
 *
 * @example
 * runnerPage("https://gitlab.example.com", { group: "acme" }, "12");
 * // https://gitlab.example.com/groups/acme/-/runners/12
 */
export function runnerPage(gitlabUrl: string, scope: FleetConfig["scope"], id: string): string {
  if ("project" in scope) return `${gitlabUrl}/${scope.project}/-/runners/${id}`;
  return "group" in scope
    ? `${gitlabUrl}/groups/${scope.group}/-/runners/${id}`
    : `${gitlabUrl}/admin/runners/${id}`;
}

/** What a fleet's hosts are made from, as configured. What of it a distribution decides, its hosts say. */
export interface Versions {
  readonly gitlabRunner: string;
  readonly buildkit: string;
  readonly docker: string;
}

/**
 * @example
 * versionsOf(config.fleets[0]);
 * // { gitlabRunner: "v18.5.0", buildkit: "moby/buildkit:v0.23.2", docker: "of the distribution" }
 */
export const versionsOf = ({
  gitlabRunner,
  builder,
  packages,
}: Pick<FleetConfig, "gitlabRunner" | "builder" | "packages">): Versions => ({
  gitlabRunner: gitlabRunner === "none" ? "none" : gitlabRunner.version,
  buildkit: builder.image,
  docker: packages.source === "distribution" ? "of the distribution" : "of Docker's repository",
});

/**
 * Where a project's images are: the page of GitLab's own registry, else the prefix of their names.
 *
 * @param webUrl the project's page.
 */
export const registryOf = (registry: ProjectConfig["registry"], webUrl: string): string =>
  registryImage(registry) ?? `${webUrl}/container_registry`;
