/** Composition only: config -> fleets -> runners -> pipelines -> outputs. */
import * as pulumi from "@pulumi/pulumi";
import { gitlabAccess, loadConfig } from "./config.ts";
import { inspectProjects } from "./pipeline/inspect.ts";
import { projectFiles, TargetProject } from "./pipeline/publish.ts";
import { createFleet } from "./runner/fleet.ts";
import { findOwners } from "./runner/owner.ts";

const config = loadConfig();
const access = gitlabAccess(config);
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
      if (!owner) throw new Error(`fleet ${fleet.name} has no owner; the look-up should have said so`);
      const component = await createFleet(fleet.name, { config, fleet, owner }, { protect: config.protect });
      return [fleet.name, { config: fleet, component }] as const;
    }),
  ),
);

const projects = planned.map(({ project, branch, webUrl, files }) => {
  const fleet = fleets.get(project.fleet);
  if (!fleet)
    throw new Error(`fleet ${project.fleet} is missing; the configuration's check should have said so`);
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

/** Runner records by name, with their number in GitLab. */
export const runners = Object.fromEntries(
  [...fleets.values()].flatMap(({ component }) =>
    component.runners.map(({ entry, record }) => [entry.name, record.id]),
  ),
);

/** Of each host over SSH, what its last set-up changed; of each group in a cloud, how to look at its hosts. */
export const hosts = Object.fromEntries(
  [...fleets.values()].flatMap(({ config: { name }, component }) =>
    Object.entries(component.hosts).map(([place, facts]) => [`${name}/${place}`, facts]),
  ),
);

/** Target projects: the commit of the pipeline, and where it runs. */
export const pipelines = Object.fromEntries(
  projects.map(({ project, webUrl, target }) => [
    project.path,
    pulumi.output({ commit: target.commit, page: `${webUrl}/-/pipelines` }),
  ]),
);
