/**
 * The settings of a host, in plain resolved values: the input of {@link hostFiles}.
 *
 * Nothing in here is secret. Runner tokens never pass through this type: they travel by standard input, apart from
 * the files, when the host is registered.
 */

import type { PinnedBinary } from "./schema.ts";
import type { TableSettings } from "./table.ts";

/** What runs on one level must not reach the other: an account, a daemon, a builder and a cache each. */
export type TrustLevel = "open" | "protected";

/** With `socket` a job gets the rootless daemon's socket; `plain` jobs (lint, scan, promote) do not. */
export type RunnerClass = "socket" | "plain";

/** One `[[runners]]` entry of a manager's config.toml, and one runner record in GitLab. */
export interface RunnerEntry {
  /** Unique on the host, and the runner's description in GitLab: `stack/fleet/level/class`. */
  readonly name: string;
  readonly level: TrustLevel;
  readonly class: RunnerClass;
}

/**
 * What a computer is for: a `host` takes jobs and runs them itself; a `manager` takes jobs and runs them on workers;
 * a `worker` is a machine that a manager uses for a job, and knows no runner.
 */
export type HostRole = "host" | "manager" | "worker";

/** What a machine of Google Cloud does beyond: it fetches its settings and tokens by itself, and says how it is. */
export interface CloudSettings {
  readonly provider: "google";
  /**
   * Seconds between the cloud's notice that the machine goes and its end: 30 for spot machines, up to 3600 with
   * graceful shutdown.
   * @see https://cloud.google.com/compute/docs/instances/graceful-shutdown-overview
   */
  readonly shutdownSeconds: number;
  /** Whether the group's health check asks this machine how it is. */
  readonly healthCheck: boolean;
}

/** When machines wait for jobs: a policy of GitLab's autoscaler. */
export interface IdlePolicy {
  /** Cron expressions of five fields; the policy holds in every minute that one of them names. */
  readonly periods: readonly string[];
  /** IANA name of the zone in which `periods` are read. */
  readonly timeZone: string;
  /** Jobs for which machines wait, ready. */
  readonly count: number;
  /** Seconds for which a machine without a job is kept. */
  readonly time: number;
}

/** How a manager gets the machines that it runs jobs on. */
export interface AutoscalerSettings {
  /** `url` is the directory that holds `fleeting-plugin-googlecloud-linux-<arch>`. */
  readonly plugin: PinnedBinary;
  /** Google Cloud project of the groups. */
  readonly project: string;
  readonly zone: string;
  /** The instance group of each level: a group belongs to one `[[runners]]` entry only. */
  readonly groups: Readonly<Partial<Record<TrustLevel, string>>>;
  /** Machines at once, for each level. */
  readonly maxInstances: number;
  /** Jobs at once on a machine. */
  readonly capacityPerInstance: number;
  /** Jobs on a machine before it is deleted. */
  readonly maxUseCount: number;
  /** Of several that hold, the last one counts. */
  readonly idle: readonly IdlePolicy[];
}

/** What a fleet says of its hosts, and what only this machine is. */
export interface HostSettings extends TableSettings {
  readonly role: HostRole;
  /** Of the role `manager`, and of no other. */
  readonly autoscaler?: AutoscalerSettings;
  /** Absent for machines that are reached over SSH. */
  readonly cloud?: CloudSettings;
  readonly stack: string;
  readonly fleet: string;
  /** Stack and fleet, as in `dev/linux`, from which a machine that they set up is taken; else it is refused. */
  readonly takeOver?: string;
  /** In order: `open` before `protected`. One of each at most. */
  readonly levels: readonly TrustLevel[];
  readonly runners: readonly RunnerEntry[];
  /** GitLab's address without the API path: `https://gitlab.example.com`. */
  readonly gitlabUrl: string;
}

/** Who set a host up, as it remembers: `dev/linux`. */
export const ownerOf = ({ stack, fleet }: Pick<HostSettings, "stack" | "fleet">): string =>
  `${stack}/${fleet}`;
