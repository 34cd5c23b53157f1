/** Everything a stack would put anywhere, as files: no credential, no engine, no network. */
import { Document } from "yaml";
import type { FleetConfig, StackConfig } from "../config.ts";
import { cleanupPolicy } from "../pipeline/cleanup.ts";
import { projectFiles } from "../pipeline/publish.ts";
import { projectVariables } from "../pipeline/variables.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { levelsOf, runnerTags } from "../runner/levels.ts";
import { hostSettings, managerSettings, runnerEntries, workerSettings } from "../runner/settings.ts";

/** Path below the output directory to content. */
export type Rendered = ReadonlyMap<string, string>;

/** Without anchors: they save letters and cost whoever reads. */
export const yaml = (value: unknown): string =>
  new Document(value, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });

/**
 * @param config as `configFromStackFile` reads it: secrets are placeholders.
 * @returns files in the order of the configuration; the same configuration gives the same bytes.
 */
export function renderStack(config: StackConfig): Rendered {
  return new Map([...renderRunners(config), ...renderHosts(config), ...renderProjects(config)]);
}

function renderRunners(config: StackConfig): [string, string][] {
  const records = config.fleets.flatMap((fleet) =>
    runnerEntries(config.stack, fleet).map((entry) => ({
      description: entry.name,
      scope: fleet.scope,
      tags: runnerTags(fleet.tags, fleet.refs === "separated" ? entry.level : undefined, entry.class),
      protectedRefsOnly: entry.level === "protected",
      locked: fleet.locked,
      maximumTimeout: fleet.jobTimeout,
      token: "[secret]",
    })),
  );
  return [["runners.yaml", yaml(records)]];
}

/** What a machine is set up by, by the directory that it is shown in. */
function machineSettings(config: StackConfig, fleet: FleetConfig): [string, HostSettings][] {
  const { name, hosts, gcpAutoscaler } = fleet;
  if (gcpAutoscaler) {
    const levels = levelsOf(fleet.refs);
    // Google names the groups when it makes them.
    const groups = Object.fromEntries(levels.map((level) => [level, `\${${name}-${level}.name}`]));
    const project = `\${${name}-identity.project}`;
    return [
      [`${name}-manager`, managerSettings(config, fleet, { project, groups })],
      ...levels.map((level): [string, HostSettings] => [
        `${name}-worker-${level}`,
        workerSettings(config, fleet, level),
      ]),
    ];
  }
  const settings = hostSettings(config, fleet);
  // Machines of a group are all alike.
  return hosts?.map((_, index) => [`${name}-${index + 1}`, settings]) ?? [[name, settings]];
}

const renderHosts = (config: StackConfig): [string, string][] =>
  config.fleets
    .flatMap((fleet) => machineSettings(config, fleet))
    .flatMap(([place, settings]) =>
      hostFiles(settings).map((file): [string, string] => [`hosts/${place}${file.path}`, file.content]),
    );

function renderProjects(config: StackConfig): [string, string][] {
  return config.projects.flatMap((project) => {
    const fleet = config.fleets.find(({ name }) => name === project.fleet);
    if (!fleet) return [];
    const directory = `projects/${project.path}`;
    const variables = projectVariables(project, fleet);
    const { bake, pipeline } = projectFiles(config, project);
    const files = [bake, pipeline].map(({ path, content }): [string, string] => [
      `${directory}/${path}`,
      content,
    ]);
    if (project.cleanup)
      files.push([`${directory}/cleanup-policy.yaml`, yaml(cleanupPolicy(project, project.cleanup))]);
    if (variables.length === 0) return files;
    const shown = variables.map((variable) => ({ ...variable, value: String(variable.value) }));
    return [...files, [`${directory}/variables.yaml`, yaml(shown)]];
  });
}
