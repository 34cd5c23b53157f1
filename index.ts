/** Composition only: config -> fleets -> runners -> pipelines -> outputs. */
import * as pulumi from "@pulumi/pulumi";
import { gitlabAccess, loadConfig } from "./config.ts";
import { inspectProjects } from "./pipeline/inspect.ts";
import { projectFiles, TargetProject } from "./pipeline/publish.ts";
import { Fleet } from "./runner/fleet.ts";
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
  config.fleets.map((fleet) => {
    const owner = owners.get(fleet.name);
    if (!owner) throw new Error(`fleet ${fleet.name} has no owner; the look-up should have said so`);
    return [fleet.name, { config: fleet, component: new Fleet(fleet.name, { config, fleet, owner }) }];
  }),
);

const projects = planned.map(({ project, branch, webUrl, files }) => {
  const fleet = fleets.get(project.fleet);
  if (!fleet)
    throw new Error(`fleet ${project.fleet} is missing; the configuration's check should have said so`);
  const target = new TargetProject(
    project.path,
    { project, fleet: fleet.config, branch, files, access },
    { dependsOn: [fleet.component] },
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

/** What each host's last set-up changed. */
export const hosts = Object.fromEntries(
  [...fleets.values()].flatMap(({ config: { name, hosts = [] }, component }) =>
    component.hosts.map((host, index) => [`${name}/${hosts[index]?.address}`, host.summary]),
  ),
);

/** Target projects: the commit of the pipeline, and where it runs. */
export const pipelines = Object.fromEntries(
  projects.map(({ project, webUrl, target }) => [
    project.path,
    pulumi.output({ commit: target.commit, page: `${webUrl}/-/pipelines` }),
  ]),
);
