/** What a machine of Google Cloud is made of. A change of any of it needs new machines. */
import type { InstanceTemplateArgs } from "@pulumi/gcp/compute/instanceTemplate.js";
import type * as pulumi from "@pulumi/pulumi";
import type { GcpMachineConfig } from "./machine.ts";
import type { Metadata } from "./metadata.ts";

/** The size of every local SSD. @see https://cloud.google.com/compute/docs/disks/local-ssd */
const LOCAL_SSD_GB = 375;

/**
 * Secret Manager takes no narrower scope. What the machine may do is up to its account's roles.
 * @see https://cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice
 */
export const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

export interface TemplateFacts {
  readonly machine: Pick<GcpMachineConfig, "machineType" | "image" | "disk" | "localSsds" | "spot">;
  readonly region: string;
  readonly subnetwork: pulumi.Input<string>;
  /** Email of the machine's service account; without it, the machine has none. */
  readonly serviceAccount: pulumi.Input<string> | undefined;
  /** Network tags, for the firewall rules of machines without a service account. */
  readonly tags?: readonly string[];
  /**
   * Seconds for which Google waits for a machine that is to stop; not for spot machines, which have 30. Without it the
   * machine is one that another program creates for a job and deletes after it: Google neither waits nor starts it again.
   */
  readonly shutdownSeconds: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Metadata;
  readonly description: string;
}

/**
 * The arguments of an instance template: shielded, without an external address, without other people's SSH keys.
 *
 * @example
 * new InstanceTemplate(`${name}-template`, templateArgs(facts), { parent });
 * @see https://cloud.google.com/compute/docs/instance-templates
 * @see https://cloud.google.com/compute/shielded-vm/docs/shielded-vm
 */
export function templateArgs(facts: TemplateFacts): InstanceTemplateArgs {
  const { machine, region, subnetwork, serviceAccount, labels, metadata } = facts;
  return {
    region,
    machineType: machine.machineType,
    disks: disksOf(machine, labels),
    // No access configuration: that is what would give it an external address.
    networkInterfaces: [{ subnetwork }],
    scheduling: machine.spot
      ? SPOT
      : {
          ...standardScheduling(facts.shutdownSeconds),
          onHostMaintenance: maintenanceOf(machine.machineType),
        },
    shieldedInstanceConfig: {
      enableSecureBoot: true,
      enableVtpm: true,
      enableIntegrityMonitoring: true,
    },
    ...(serviceAccount === undefined ? {} : { serviceAccount: { email: serviceAccount, scopes: [SCOPE] } }),
    ...(facts.tags === undefined ? {} : { tags: [...facts.tags] }),
    canIpForward: false,
    labels: { ...labels },
    metadata: { ...metadata },
    instanceDescription: facts.description,
  };
}

function disksOf({ image, disk, localSsds }: TemplateFacts["machine"], labels: TemplateFacts["labels"]) {
  const boot = {
    boot: true,
    autoDelete: true,
    sourceImage: image,
    diskType: disk.type,
    diskSizeGb: disk.size,
    labels: { ...labels },
    ...(disk.kmsKey === undefined ? {} : { diskEncryptionKey: { kmsKeySelfLink: disk.kmsKey } }),
  };
  const local = {
    boot: false,
    autoDelete: true,
    type: "SCRATCH",
    diskType: "local-ssd",
    interface: "NVME",
    diskSizeGb: LOCAL_SSD_GB,
  };
  return [boot, ...Array.from({ length: localSsds }, () => local)];
}

/**
 * Deleted when it is taken away: the group makes another one, and a stopped machine's disk would cost money.
 * @see https://cloud.google.com/compute/docs/instances/create-use-spot
 */
const SPOT = {
  provisioningModel: "SPOT",
  preemptible: true,
  automaticRestart: false,
  onHostMaintenance: "TERMINATE",
  instanceTerminationAction: "DELETE",
};

/** Series with accelerators: they cannot be moved while they run. */
const FIXED_SERIES = ["a2", "a3", "a4", "g2", "g4"];

/**
 * Google moves machines away from hardware that it maintains; those with accelerators it stops and starts again.
 * @see https://cloud.google.com/compute/docs/gpus/gpu-host-maintenance
 */
const maintenanceOf = (machineType: string): "MIGRATE" | "TERMINATE" =>
  FIXED_SERIES.includes(machineType.split("-")[0] ?? "") ? "TERMINATE" : "MIGRATE";

/**
 * The running jobs may end before the machine does.
 * @see https://cloud.google.com/compute/docs/instances/graceful-shutdown-overview
 */
export const standardScheduling = (seconds: number | undefined) => ({
  provisioningModel: "STANDARD",
  preemptible: false,
  automaticRestart: seconds !== undefined,
  onHostMaintenance: "MIGRATE",
  ...(seconds === undefined ? {} : { gracefulShutdown: { enabled: true, maxDuration: { seconds } } }),
});
