/** What a manager's config.toml says of the machines that it runs jobs on. */
import { accountOf, LIBRARY } from "./addresses.ts";
import type { AutoscalerSettings, HostSettings, IdlePolicy, TrustLevel } from "./settings.ts";

/** Name of the plugin's binary; gitlab-runner finds it on the PATH of its unit. */
const PLUGIN = "fleeting-plugin-googlecloud";

/** Where no policy of the fleet's holds; without it the manager's own default would. */
const WITHOUT_POLICY: IdlePolicy = { periods: ["* * * * *"], timeZone: "UTC", count: 0, time: 300 };

/**
 * Feature flags of the docker-autoscaler executor.
 *
 * The daemon is spoken to through a forwarded socket, and not by a `docker system dial-stdio` for each connection:
 * no process on the worker, no limit by sshd's MaxSessions. Set here, no job's variable can change it.
 * @see https://docs.gitlab.com/runner/configuration/feature-flags/
 */
export const AUTOSCALER_FLAGS = { FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO: false } as const;

/**
 * The settings that a manager must have.
 *
 * @throws Error when they are missing, which is a mistake in the program.
 */
export function autoscalerOf({ role, autoscaler }: HostSettings): AutoscalerSettings {
  if (autoscaler === undefined) {
    throw new Error(`the settings of a computer of the role ${role} have no autoscaler`);
  }
  return autoscaler;
}

/** Jobs that one manager process runs at once: on a host itself, or on all of its workers. */
export function jobsAtOnce(settings: HostSettings): number {
  if (settings.role !== "manager") return settings.concurrency;
  const { maxInstances, capacityPerInstance } = autoscalerOf(settings);
  return maxInstances * capacityPerInstance;
}

/**
 * The table `[runners.autoscaler]`.
 *
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscaler-section
 */
export function autoscalerTable(settings: HostSettings, level: TrustLevel) {
  const autoscaler = autoscalerOf(settings);
  const group = autoscaler.groups[level];
  if (group === undefined) throw new Error(`level ${level} has no group of workers`);
  return {
    plugin: PLUGIN,
    capacity_per_instance: autoscaler.capacityPerInstance,
    max_use_count: autoscaler.maxUseCount,
    max_instances: autoscaler.maxInstances,
    // Waits on the worker until its daemon and builder answer; one that never gets there is replaced.
    instance_ready_command: `${LIBRARY}/ready.sh`,
    // A fresh worker is not used up, so a manager that starts again goes on with those it had.
    state_storage: { enabled: true, dir: `/var/lib/gitlab-runner/${level}` },
    plugin_config: { name: group, project: autoscaler.project, zone: autoscaler.zone },
    connector_config: {
      os: "linux",
      protocol: "ssh",
      username: accountOf(level),
      // The plugin makes a key for each worker and puts it into that worker's metadata, where its sshd looks.
      use_static_credentials: false,
      use_external_addr: false,
      // A worker without a baked image installs its packages first, and refuses all logins until then.
      timeout: "15m0s",
    },
    policy: [WITHOUT_POLICY, ...autoscaler.idle].map(policyTable),
  };
}

/** The last policy that holds is the one that counts. */
function policyTable({ periods, timeZone, count, time }: IdlePolicy) {
  return { periods, timezone: timeZone, idle_count: count, idle_time: `${time}s` };
}
