/** What an autoscaler's machines are set up by. */
import type { AutoscalerSettings, HostSettings, TrustLevel } from "../../host/settings.ts";
import { RECORD_FOR_ALL_CLASSES } from "../../records.ts";
import { hostSettings } from "../../settings.ts";
import { LONGEST_SHUTDOWN, shutdownSeconds } from "../gcp/machine.ts";
import type { FleetOf, StackFacts } from "../kind.ts";
import type { GcpAutoscalerConfig } from "./schema.ts";

/** What only a deployment knows of an autoscaler's groups. */
export type AutoscalerGroups = Pick<AutoscalerSettings, "project" | "groups">;

/** The machine that takes jobs and runs none. */
export function managerSettings(
  config: StackFacts,
  fleet: FleetOf<GcpAutoscalerConfig>,
  groups: AutoscalerGroups,
): HostSettings {
  const { plugin, zone, maxInstances, capacityPerInstance, maxUseCount, idle } = fleet.machines;
  return {
    ...hostSettings(config, fleet, RECORD_FOR_ALL_CLASSES),
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

/** A machine on which jobs of one level run. */
export const workerSettings = (
  config: StackFacts,
  fleet: FleetOf<GcpAutoscalerConfig>,
  level: TrustLevel,
): HostSettings => ({
  ...hostSettings(config, fleet, RECORD_FOR_ALL_CLASSES),
  role: "worker",
  cloud: { provider: "google", shutdownSeconds: shutdownSeconds(fleet.machines), healthCheck: false },
  levels: [level],
  runners: [],
});
