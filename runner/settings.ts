/** From a fleet's configuration to what each of its machines becomes: plain values in, plain values out. */
import type { FleetCommon } from "./fleets/common.ts";
import type { StackFacts } from "./fleets/kind.ts";
import type { HostSettings } from "./host/settings.ts";
import { tableSettings } from "./host/table.ts";
import { levelsOf } from "./levels.ts";
import { type RecordClasses, runnerEntries } from "./records.ts";

/**
 * What a kind's machines have in common: a host that takes jobs and runs them itself.
 *
 * @param records classes of jobs, by the runner record that takes them.
 * @example
 * hostFiles(hostSettings(config, fleet, RECORD_FOR_EACH_CLASS));
 */
export const hostSettings = (
  config: StackFacts,
  fleet: FleetCommon,
  records: RecordClasses,
): HostSettings => ({
  role: "host",
  stack: config.stack,
  fleet: fleet.name,
  levels: levelsOf(fleet.refs),
  runners: runnerEntries(config.stack, fleet, records),
  gitlabUrl: config.gitlabUrl,
  ...tableSettings(fleet),
});
