/** GitLab Runner's autoscaler on Google Cloud: a machine for each job. */
import lt from "semver/functions/lt.js";
import { levelsOf } from "../../levels.ts";
import { RECORD_FOR_ALL_CLASSES } from "../../records.ts";
import { cloudProblems, OWN_REPOSITORY, regionOf } from "../gcp/machine.ts";
import type { FleetKind, FleetOf, FleetProblem } from "../kind.ts";
import { type GcpAutoscalerConfig, gcpAutoscalerSchema } from "./schema.ts";
import { managerSettings, workerSettings } from "./settings.ts";

/**
 * The first release that keeps what it knows of its machines over a restart, and reads changed policies by itself.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscalerstate_storage-section
 */
const FIRST_AUTOSCALER = "17.5.0";

function runnerProblems(
  { executor, gitlabRunner }: FleetOf<GcpAutoscalerConfig>,
  key: string,
): FleetProblem[] {
  const version = gitlabRunner === "none" ? FIRST_AUTOSCALER : gitlabRunner.version;
  return [
    ...(executor === "shell"
      ? [{ path: ["executor"], message: `docker: ${key} runs jobs in containers on other machines` }]
      : []),
    ...(lt(version, FIRST_AUTOSCALER)
      ? [
          {
            path: ["gitlabRunner", "version"],
            message: `v${FIRST_AUTOSCALER} or later: earlier versions lose track of their machines at a restart`,
          },
        ]
      : []),
  ];
}

export const gcpAutoscalerKind: FleetKind<GcpAutoscalerConfig> = {
  title: "A machine for each job on Google Cloud",
  schema: gcpAutoscalerSchema,
  records: RECORD_FOR_ALL_CLASSES,
  perStack: OWN_REPOSITORY,
  problems: (fleet, key) => {
    const { image, images, artifactRegistry } = fleet.machines;
    return [
      ...cloudProblems(fleet, key, [image, ...Object.values(images)], artifactRegistry),
      ...runnerProblems(fleet, key),
    ];
  },
  place: ({ machines }) => ({
    place: "google",
    region: regionOf(machines.zone),
    image: machines.image,
    repository: machines.artifactRegistry?.repository,
    onDemand: machines,
  }),
  machines: (config, fleet) => {
    const levels = levelsOf(fleet.refs);
    // Google names the groups when it makes them.
    const groups = Object.fromEntries(levels.map((level) => [level, `\${${fleet.name}-${level}.name}`]));
    const project = `\${${fleet.name}-identity.project}`;
    return [
      { name: `${fleet.name}-manager`, settings: managerSettings(config, fleet, { project, groups }) },
      ...levels.map((level) => ({
        name: `${fleet.name}-worker-${level}`,
        settings: workerSettings(config, fleet, level),
      })),
    ];
  },
  images: (config, fleet) =>
    levelsOf(fleet.refs).map((level) => ({ level, settings: workerSettings(config, fleet, level) })),
  async create(name, args, opts) {
    const { GcpAutoscalerFleet } = await import("./fleet.ts");
    return new GcpAutoscalerFleet(name, args, opts);
  },
};
