/** All files and settings of a stack, as files: without a credential, an engine or a network. */
import { Document } from "yaml";
import { PLACEHOLDER } from "../config/secret.ts";
import type { StackConfig } from "../config.ts";
import { cleanupPolicy } from "../pipeline/cleanup.ts";
import { projectFiles } from "../pipeline/publish.ts";
import { projectVariables } from "../pipeline/variables.ts";
import { kindOf, recordsOf } from "../runner/fleets/kinds.ts";
import { hostFiles } from "../runner/host/files.ts";

/** Path below the output directory to content. */
export type Rendered = ReadonlyMap<string, string>;

/** Without anchors, which make the file harder to read. */
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
    recordsOf(config.stack, fleet).map(({ name, tags, accessLevel, locked, maximumTimeout }) => ({
      description: name,
      scope: fleet.scope,
      tags,
      protectedRefsOnly: accessLevel === "ref_protected",
      locked,
      maximumTimeout,
      token: PLACEHOLDER,
    })),
  );
  return [["runners.yaml", yaml(records)]];
}

const renderHosts = (config: StackConfig): [string, string][] =>
  config.fleets
    .flatMap((fleet) => kindOf(fleet).machines(config, fleet))
    .flatMap(({ name, settings }) =>
      hostFiles(settings).map((file): [string, string] => [`hosts/${name}${file.path}`, file.content]),
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
