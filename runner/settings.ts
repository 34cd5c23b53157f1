/** From a fleet's configuration to what each of its hosts becomes: plain values in, plain values out. */

import type { FleetConfig, GcpAutoscalerConfig, StackConfig } from "../config.ts";
import { LONGEST_SHUTDOWN } from "./fleets/gcp/schema.ts";
import type {
  AutoscalerSettings,
  CloudSettings,
  HostSettings,
  RunnerEntry,
  TrustLevel,
} from "./host/settings.ts";
import { tableSettings } from "./host/table.ts";
import { CLASSES, levelsOf } from "./levels.ts";

/**
 * One entry for each trust level and class; the order of config.toml. Of an autoscaler, one for each level: its jobs
 * have a machine each, and with it the machine's daemon.
 */
export function runnerEntries(stack: string, fleet: FleetConfig): RunnerEntry[] {
  if (fleet.gcpAutoscaler)
    return levelsOf(fleet.refs).map((level) => ({
      name: `${stack}/${fleet.name}/${level}`,
      level,
      class: "socket",
    }));
  return levelsOf(fleet.refs).flatMap((level) =>
    CLASSES.map((runnerClass) => ({
      name: `${stack}/${fleet.name}/${level}/${runnerClass}`,
      level,
      class: runnerClass,
    })),
  );
}

/**
 * Between the notice and the end of a spot machine.
 * @see https://cloud.google.com/compute/docs/instances/spot#preemption-process
 */
const SPOT_NOTICE = 30;

/** Seconds that a machine of Google Cloud has from the notice that it goes to its end. */
export const shutdownSeconds = ({ spot }: { readonly spot: boolean }): number =>
  spot ? SPOT_NOTICE : LONGEST_SHUTDOWN;

const cloudOf = ({ gcp }: FleetConfig): CloudSettings | undefined =>
  gcp && { provider: "google", shutdownSeconds: shutdownSeconds(gcp), healthCheck: true };

/**
 * @param config the stack, for its name and GitLab's address.
 * @example
 * hostFiles(hostSettings(config, config.fleets[0]));
 */
export function hostSettings(
  config: Pick<StackConfig, "stack" | "gitlabUrl">,
  fleet: FleetConfig,
): HostSettings {
  const cloud = cloudOf(fleet);
  return {
    role: "host",
    ...(cloud ? { cloud } : {}),
    stack: config.stack,
    fleet: fleet.name,
    levels: levelsOf(fleet.refs),
    runners: runnerEntries(config.stack, fleet),
    gitlabUrl: config.gitlabUrl,
    ...tableSettings(fleet),
  };
}

/** What only a deployment knows of an autoscaler's groups. */
export type AutoscalerGroups = Pick<AutoscalerSettings, "project" | "groups">;

/**
 * The machine of an autoscaler that takes jobs and runs none.
 *
 * @throws Error for a fleet of another kind.
 */
export function managerSettings(
  config: Pick<StackConfig, "stack" | "gitlabUrl">,
  fleet: FleetConfig,
  groups: AutoscalerGroups,
): HostSettings {
  const { plugin, zone, maxInstances, capacityPerInstance, maxUseCount, idle } = autoscalerConfig(fleet);
  return {
    ...hostSettings(config, fleet),
    role: "manager",
    cloud: { provider: "google", shutdownSeconds: LONGEST_SHUTDOWN, healthCheck: false },
    autoscaler: {
      ...groups,
      plugin,
      zone,
      maxInstances,
      capacityPerInstance,
      maxUseCount,
      idle,
    },
  };
}

/**
 * A machine on which jobs of one level run.
 *
 * @throws Error for a fleet of another kind.
 */
export function workerSettings(
  config: Pick<StackConfig, "stack" | "gitlabUrl">,
  fleet: FleetConfig,
  level: TrustLevel,
): HostSettings {
  return {
    ...hostSettings(config, fleet),
    role: "worker",
    cloud: {
      provider: "google",
      shutdownSeconds: shutdownSeconds(autoscalerConfig(fleet)),
      healthCheck: false,
    },
    levels: [level],
    runners: [],
  };
}

function autoscalerConfig({ name, gcpAutoscaler }: FleetConfig): GcpAutoscalerConfig {
  if (!gcpAutoscaler) throw new Error(`fleet ${name} is no autoscaler; this is a mistake in the program`);
  return gcpAutoscaler;
}
