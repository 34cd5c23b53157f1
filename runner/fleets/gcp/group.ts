/** A group of equal machines that Google keeps at its size, in good health and up to date. */
import { HealthCheck } from "@pulumi/gcp/compute/healthCheck.js";
import { InstanceTemplate, type InstanceTemplateArgs } from "@pulumi/gcp/compute/instanceTemplate.js";
import { RegionAutoscaler } from "@pulumi/gcp/compute/regionAutoscaler.js";
import { RegionInstanceGroupManager } from "@pulumi/gcp/compute/regionInstanceGroupManager.js";
import * as pulumi from "@pulumi/pulumi";
import { HEALTH_CHECK } from "../../host/cloud.ts";
import { REPLACEABLE } from "./protection.ts";
import type { GcpConfig } from "./schema.ts";

/**
 * Zones over which Google spreads a group that names none.
 * @see https://cloud.google.com/compute/docs/instance-groups/regional-migs#zone_selection
 */
const DEFAULT_ZONES = 3;

/**
 * Seconds in which a stock image becomes a host, packages and all. An unhealthy machine that is younger is left alone.
 * @see https://cloud.google.com/compute/docs/instance-groups/autohealing-instances-in-migs
 */
const LONGEST_BOOT = 1800;

export interface GroupFacts {
  readonly gcp: Pick<GcpConfig, "size" | "zones" | "updates" | "schedules">;
  readonly shutdownSeconds: number;
}

const zonesOf = ({ zones }: GroupFacts["gcp"]): number => zones?.length ?? DEFAULT_ZONES;

/**
 * How changes reach machines. A change of metadata is applied to running ones in place; one of the template makes new
 * machines first, and takes old ones away after their jobs.
 *
 * @returns with `manual` a policy under which nothing replaces a machine; one whose template is outdated then waits for
 *   its metadata, too.
 * @see https://cloud.google.com/compute/docs/instance-groups/updating-managed-instance-groups
 * @see https://cloud.google.com/compute/docs/instance-groups/set-mig-aic
 */
export function updatePolicy(gcp: GroupFacts["gcp"]) {
  const common = {
    type: "PROACTIVE",
    minimalAction: "REFRESH",
    replacementMethod: "SUBSTITUTE",
    // Balancing zones would delete machines and their jobs, without a benefit for a fleet.
    instanceRedistributionType: "NONE",
  };
  // A regional group takes none or at least one for each zone.
  return gcp.updates === "rolling"
    ? {
        ...common,
        mostDisruptiveAllowedAction: "REPLACE",
        maxSurgeFixed: zonesOf(gcp),
        maxUnavailableFixed: 0,
      }
    : {
        ...common,
        mostDisruptiveAllowedAction: "REFRESH",
        // What is refreshed goes on running: no machine is added for it, and none is taken away.
        maxSurgeFixed: 0,
        maxUnavailableFixed: zonesOf(gcp),
      };
}

/** Seconds for what Google does beside. */
const MARGIN = 900;

/**
 * How long an operation may take until it counts as failed: a rolling update waits for the jobs of every machine, as
 * many at a time as there are zones. The provider waits for machines as long as `create` says, also in an update.
 *
 * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_region_instance_group_manager#timeouts
 */
export function timeouts({ gcp, shutdownSeconds }: GroupFacts): {
  readonly create: string;
  readonly update: string;
  readonly delete: string;
} {
  const largest = Math.max(gcp.size, ...gcp.schedules.map(({ size }) => size ?? gcp.size));
  const batches = Math.ceil(largest / zonesOf(gcp));
  const minutes = (seconds: number) => `${Math.ceil(seconds / 60)}m`;
  const rollout = minutes(batches * (LONGEST_BOOT + shutdownSeconds) + MARGIN);
  return { create: rollout, update: rollout, delete: minutes(shutdownSeconds + MARGIN) };
}

/**
 * When machines are wanted, as Google's autoscaler reads it. It has no other signal, so that there is none at all
 * outside of the schedules.
 *
 * @see https://cloud.google.com/compute/docs/autoscaler/scaling-schedules
 */
export function autoscalingPolicy({ size, schedules }: GroupFacts["gcp"]) {
  const sizes = schedules.map((schedule) => schedule.size ?? size);
  return {
    minReplicas: 0,
    maxReplicas: Math.max(...sizes),
    mode: "ON",
    scalingSchedules: schedules.map(({ start, hours, timeZone }, index) => ({
      name: `schedule-${index}`,
      schedule: start,
      timeZone,
      durationSec: Math.round(hours * 3600),
      minRequiredReplicas: sizes[index] ?? size,
    })),
  };
}

export interface HostGroupArgs extends GroupFacts {
  /** The machines' name; Google appends four characters. */
  readonly baseName: string;
  readonly region: string;
  readonly template: InstanceTemplateArgs;
  /** Of all machines; a change reaches running ones. */
  readonly metadata: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Template, health check, group and its schedules.
 *
 * @example
 * new HostGroup("linux-group", { gcp, shutdownSeconds, baseName, region, template, metadata }, { parent });
 */
export class HostGroup extends pulumi.ComponentResource {
  readonly manager: RegionInstanceGroupManager;

  constructor(name: string, args: HostGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:HostGroup", name, {}, opts);
    const { gcp, region } = args;
    const isScheduled = gcp.schedules.length > 0;
    const template = new InstanceTemplate(`${name}-template`, args.template, {
      parent: this,
      ...REPLACEABLE,
    });
    this.manager = new RegionInstanceGroupManager(
      name,
      {
        region,
        baseInstanceName: args.baseName,
        versions: [{ instanceTemplate: template.selfLinkUnique }],
        // With schedules, the autoscaler sets the size.
        ...(isScheduled ? {} : { targetSize: gcp.size }),
        ...(gcp.zones ? { distributionPolicyZones: [...gcp.zones].sort() } : {}),
        allInstancesConfig: { metadata: { ...args.metadata } },
        autoHealingPolicies: { healthCheck: healthCheck(name, this).id, initialDelaySec: LONGEST_BOOT },
        // A recreated machine uses the current template: its original one is deleted.
        instanceLifecyclePolicy: { defaultActionOnFailure: "REPAIR", forceUpdateOnRepair: "YES" },
        updatePolicy: updatePolicy(gcp),
        // Stable is a group whose machines answer the health check: the pipeline's commit waits for that.
        // https://cloud.google.com/compute/docs/instance-groups/getting-info-about-migs#verify_stable
        waitForInstances: true,
        waitForInstancesStatus: "STABLE",
      },
      { parent: this, customTimeouts: timeouts(args) },
    );
    if (isScheduled)
      new RegionAutoscaler(
        `${name}-scaler`,
        { region, target: this.manager.id, autoscalingPolicy: autoscalingPolicy(gcp) },
        { parent: this, ...REPLACEABLE },
      );
    this.registerOutputs({ group: this.manager.name });
  }
}

/**
 * Five minutes without a good answer, then the machine is made anew: an update of the set-up may take its services
 * away for a while.
 * @see https://cloud.google.com/compute/docs/instance-groups/autohealing-instances-in-migs
 */
const healthCheck = (name: string, parent: pulumi.Resource): HealthCheck =>
  new HealthCheck(
    `${name}-health`,
    {
      httpHealthCheck: { port: HEALTH_CHECK.port, requestPath: HEALTH_CHECK.path },
      checkIntervalSec: 30,
      timeoutSec: 10,
      healthyThreshold: 1,
      unhealthyThreshold: 10,
    },
    { parent },
  );
