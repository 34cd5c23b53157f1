/** Everything a stack would put anywhere, as files: no credential, no engine, no network. */
import { Document } from "yaml";
import type { StackConfig } from "../config.ts";
import { cleanupPolicy } from "../pipeline/cleanup.ts";
import { projectFiles } from "../pipeline/publish.ts";
import { projectVariables } from "../pipeline/variables.ts";
import { hostFiles } from "../runner/host/files.ts";
import { runnerTags } from "../runner/levels.ts";
import { hostSettings, runnerEntries } from "../runner/settings.ts";

/** Path below the output directory to content. */
export type Rendered = ReadonlyMap<string, string>;

const yaml = (value: unknown): string => new Document(value).toString({ lineWidth: 0 });

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

function renderHosts(config: StackConfig): [string, string][] {
  return config.fleets.flatMap((fleet) => {
    // Machines of a group are all alike.
    const places = fleet.hosts?.map((_, index) => `${fleet.name}-${index + 1}`) ?? [fleet.name];
    const files = hostFiles(hostSettings(config, fleet));
    return places.flatMap((place) =>
      files.map((file): [string, string] => [`hosts/${place}${file.path}`, file.content]),
    );
  });
}

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
