/** Composition only: config -> fleets -> runners -> pipelines -> outputs. */
import * as pulumi from "@pulumi/pulumi";
import { clashes, neighboursOf } from "./config/neighbours.ts";
import { gitlabAccess, loadConfig } from "./config.ts";
import { registryOf, runnerPage, versionsOf } from "./outputs.ts";
import { inspectProjects } from "./pipeline/inspect.ts";
import { projectFiles, TargetProject } from "./pipeline/publish.ts";
import { createFleet } from "./runner/fleets/kinds.ts";
import { findOwners } from "./runner/owner.ts";

const config = loadConfig();
const access = gitlabAccess(config);
stopAt(clashes(config, neighboursOf(config.stack, process.cwd())));
// Before the first resource: whatever is wrong in GitLab stops the run with nothing changed.
const [{ owners, problems: ownerProblems }, { inspected, problems: projectProblems }] = await Promise.all([
  findOwners(config.fleets),
  inspectProjects(config.projects, config.stack),
]);
stopAt([...ownerProblems, ...projectProblems]);
const planned = inspected.map((project) => ({ ...project, files: projectFiles(config, project.project) }));

const fleets = new Map(
  await Promise.all(
    config.fleets.map(async (fleet) => {
      const owner = owners.get(fleet.name);
      if (!owner) throw new Error(`fleet ${fleet.name} has no owner: this is a bug in the program`);
      const component = await createFleet({ config, fleet, owner }, { protect: config.protect });
      return [fleet.name, { config: fleet, component }] as const;
    }),
  ),
);

const projects = planned.map(({ project, branch, webUrl, files }) => {
  const fleet = fleets.get(project.fleet);
  if (!fleet) throw new Error(`fleet ${project.fleet} is missing: this is a bug in the program`);
  const target = new TargetProject(
    project.path,
    { project, fleet: fleet.config, branch, files, access },
    { dependsOn: [fleet.component], protect: config.protect },
  );
  return { project, webUrl, target };
});

function stopAt(problems: readonly string[]): void {
  const unique = [...new Set(problems)];
  if (unique.length > 0)
    throw new pulumi.RunError(
      `nothing was changed:\n${unique.map((problem) => `  - ${problem}`).join("\n")}`,
    );
}

/** Pages of the runner records, by name. */
export const runners = Object.fromEntries(
  [...fleets.values()].flatMap(({ config: { scope }, component }) =>
    component.runners.map(({ record, resource }) => [
      record.name,
      resource.id.apply((id) => runnerPage(config.gitlabUrl, scope, id)),
    ]),
  ),
);

/** Commands to inspect each host, or the hosts of each group in a cloud. */
export const hosts = Object.fromEntries(
  [...fleets.values()].flatMap(({ config: { name }, component }) =>
    Object.entries(component.commands).map(([place, commands]) => [`${name}/${place}`, commands]),
  ),
);

/** What the hosts of each fleet are made from. */
export const versions = Object.fromEntries(config.fleets.map((fleet) => [fleet.name, versionsOf(fleet)]));

/** Target projects: their pipelines' page, the commit with the pipeline's file, and where the images are. */
export const pipelines = Object.fromEntries(
  projects.map(({ project, webUrl, target }) => [
    project.path,
    {
      page: `${webUrl}/-/pipelines`,
      commit: pulumi.interpolate`${webUrl}/-/commit/${target.commit}`,
      registry: registryOf(project.registry, webUrl),
    },
  ]),
);
