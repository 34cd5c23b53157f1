/** What destroying a stack removes and what it keeps, shown to a person before they confirm. */
import type { FleetConfig, ProjectConfig, StackConfig } from "../config.ts";
import { BAKE_FILE } from "../pipeline/bake.ts";
import { pipelinePath } from "../pipeline/ownership.ts";
import { schedulesOf } from "../pipeline/schedules.ts";
import { projectVariables } from "../pipeline/variables.ts";
import { kindOf, recordsOf } from "../runner/fleets/kinds.ts";

export interface Farewell {
  readonly goes: readonly string[];
  readonly stays: readonly string[];
}

function machinesOf(fleet: FleetConfig): Farewell {
  const place = kindOf(fleet).place(fleet);
  if (place.place === "google")
    return {
      goes: [
        `fleet ${fleet.name}: its machines in Google Cloud with their disks, networks, accounts and secrets`,
      ],
      stays: place.repository === undefined ? [] : [`the images in ${place.repository}`],
    };
  const [gone, running] = [true, false].map((isGone) => place.hosts.filter((host) => host.gone === isGone));
  return {
    goes: (running ?? []).map(
      ({ address }) =>
        `host ${address}: its runner managers, after the jobs that run; its accounts buildx-*, with their daemons, builders and caches`,
    ),
    stays: [
      ...(running ?? []).map(
        ({ address }) =>
          `host ${address}: its packages, its users' files, and a rootful Docker that it had before, with images and volumes`,
      ),
      ...(gone ?? []).map(({ address }) => `host ${address}: gone is true, so no command is run on it`),
    ],
  };
}

function projectEnds(
  project: ProjectConfig,
  fleet: FleetConfig | undefined,
): { goes: string[]; stays: string[] } {
  const { path, protection, cleanup } = project;
  const variables = fleet ? projectVariables(project, fleet).map(({ key }) => key) : [];
  const schedules = schedulesOf(project).map(({ name }) => name);
  const files = `${pipelinePath(project)} and ${BAKE_FILE}`;
  const keeps = project.onDestroy === "keep";
  const list = (what: string, names: readonly string[]): string[] =>
    names.length > 0 ? [`${path}: ${what} ${names.join(", ")}`] : [];
  return {
    goes: [
      ...list("the variables", variables),
      ...list("the schedules", schedules),
      ...list("the protection of the tags", protection?.tags ?? []),
      ...(protection?.containers ? [`${path}: the protection of promoted images`] : []),
      ...(cleanup ? [`${path}: the cleanup policy; the previous one is restored`] : []),
      ...(keeps ? [] : [`${path}: ${files}, by a commit`]),
    ],
    stays: [
      ...(keeps ? [`${path}: ${files}, which the project then owns (onDestroy: keep)`] : []),
      `${path}: its code, its pipelines and their logs, and every image in its registries`,
      ...(project.backup ? [`the backups in ${project.backup.bucket}`] : []),
    ],
  };
}

/** @param config as it was applied last: what has changed since is not known here. */
export function farewell(config: StackConfig): Farewell {
  const parts = [
    ...config.fleets.flatMap((fleet) => [
      {
        goes: recordsOf(config.stack, fleet).map(({ name }) => `runner ${name}, with its token`),
        stays: [],
      },
      machinesOf(fleet),
    ]),
    ...config.projects.map((project) =>
      projectEnds(
        project,
        config.fleets.find(({ name }) => name === project.fleet),
      ),
    ),
  ];
  return { goes: parts.flatMap(({ goes }) => goes), stays: parts.flatMap(({ stays }) => stays) };
}

const listed = (lines: readonly string[]): string => lines.map((line) => `  - ${line}`).join("\n");

/** In words. */
export const farewellText = (stack: string, { goes, stays }: Farewell): string =>
  `Destroying stack ${stack} removes:\n${listed(goes)}\nIt keeps:\n${listed(stays)}`;
