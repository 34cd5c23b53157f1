/** The machine of an autoscaler that takes jobs from GitLab and has its workers run them. */
import { Instance } from "@pulumi/gcp/compute/instance.js";
import * as pulumi from "@pulumi/pulumi";
import { LONGEST_SHUTDOWN } from "../gcp/machine.ts";
import type { Metadata } from "../gcp/metadata.ts";
import { REPLACEABLE } from "../gcp/protection.ts";
import { SCOPE, standardScheduling } from "../gcp/template.ts";
import type { GcpAutoscalerConfig } from "./schema.ts";

export interface ManagerMachineArgs {
  readonly gcp: Pick<GcpAutoscalerConfig, "zone" | "manager" | "disk">;
  readonly subnetwork: pulumi.Input<string>;
  /** Email of the account that the machine is. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Network tag by which workers know it. */
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: pulumi.Input<Metadata>;
  readonly description: string;
}

/**
 * A change of its set-up or of a token reaches it while it runs. Another machine type stops it for a while, and it goes
 * on with the workers it had: what it knows of them is on its disk. Another image makes another machine, after the old
 * one is gone, since two managers must not share a group; the old one's workers are then deleted by the new one.
 *
 * @example
 * new ManagerMachine("burst-manager", { gcp, subnetwork, serviceAccount, tag, labels, metadata, description }, { parent });
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscalerstate_storage-section
 */
export class ManagerMachine extends pulumi.ComponentResource {
  readonly instance: Instance;

  constructor(name: string, args: ManagerMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:ManagerMachine", name, {}, opts);
    const { gcp, labels } = args;
    const { kmsKey } = gcp.disk;
    this.instance = new Instance(
      name,
      {
        zone: gcp.zone,
        machineType: gcp.manager.machineType,
        bootDisk: {
          autoDelete: true,
          initializeParams: {
            image: gcp.manager.image,
            size: gcp.manager.diskSize,
            type: "pd-balanced",
            labels: { ...labels },
          },
          ...(kmsKey === undefined ? {} : { kmsKeySelfLink: kmsKey }),
        },
        // No access configuration: that is what would give it an external address.
        networkInterfaces: [{ subnetwork: args.subnetwork }],
        serviceAccount: { email: args.serviceAccount, scopes: [SCOPE] },
        tags: [args.tag],
        // A manager that stops takes no new job first, and waits for the running ones.
        scheduling: standardScheduling(LONGEST_SHUTDOWN),
        shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
        canIpForward: false,
        labels: { ...labels },
        metadata: pulumi.output(args.metadata).apply((values) => ({ ...values })),
        description: args.description,
        allowStoppingForUpdate: true,
      },
      { parent: this, ...REPLACEABLE, deleteBeforeReplace: true },
    );
    this.registerOutputs({ instance: this.instance.name });
  }
}
