/** What GitLab's record of each runner says. Everything that shows, makes or checks a record takes it from here. */
import type { FleetCommon } from "./fleets/common.ts";
import type { RunnerClass, RunnerEntry } from "./host/settings.ts";
import { levelsOf, runnerTags } from "./levels.ts";

/** One runner record of a fleet. */
export interface RunnerRecord extends RunnerEntry {
  /** Ends the resource's name: `open-socket`. */
  readonly part: string;
  readonly tags: readonly string[];
  readonly accessLevel: "ref_protected" | "not_protected";
  readonly locked: boolean;
  /** Seconds. */
  readonly maximumTimeout: number;
}

/** Classes of jobs that each record of a trust level takes; a runner's entry is of the first one. */
export type RecordClasses = readonly (readonly [RunnerClass, ...RunnerClass[]])[];

/** A job of the class `plain` does not get the socket of the daemon that the jobs of a host share. */
export const RECORD_FOR_EACH_CLASS: RecordClasses = [["socket"], ["plain"]];

/** Where each job has a machine of its own, and with it the machine's daemon, one record takes the jobs of all classes. */
export const RECORD_FOR_ALL_CLASSES: RecordClasses = [["socket", "plain"]];

/**
 * In the order of config.toml.
 *
 * @example
 * runnerRecords("dev", fleet, RECORD_FOR_EACH_CLASS)[0]?.name; // "dev/linux/open/socket"
 */
export const runnerRecords = (stack: string, fleet: FleetCommon, records: RecordClasses): RunnerRecord[] =>
  levelsOf(fleet.refs).flatMap((level) =>
    records.map((classes): RunnerRecord => {
      const [first] = classes;
      const parts = classes.length > 1 ? [level] : [level, first];
      return {
        name: [stack, fleet.name, ...parts].join("/"),
        part: parts.join("-"),
        level,
        class: first,
        tags: classes.flatMap((one) =>
          runnerTags(fleet.tags, fleet.refs === "separated" ? level : undefined, one),
        ),
        accessLevel: level === "protected" ? "ref_protected" : "not_protected",
        locked: fleet.locked,
        maximumTimeout: fleet.jobTimeout,
      };
    }),
  );

/** What a manager's config.toml has of the records. */
export const runnerEntries = (...args: Parameters<typeof runnerRecords>): RunnerEntry[] =>
  runnerRecords(...args).map(({ name, level, class: first }) => ({ name, level, class: first }));
