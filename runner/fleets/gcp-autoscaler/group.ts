/** The machines of one trust level that an autoscaler's plugin makes and deletes. */
import { InstanceGroupManager } from "@pulumi/gcp/compute/instanceGroupManager.js";
import { InstanceTemplate, type InstanceTemplateArgs } from "@pulumi/gcp/compute/instanceTemplate.js";
import * as pulumi from "@pulumi/pulumi";
import { REPLACEABLE } from "../gcp/protection.ts";

export interface WorkerGroupArgs {
  readonly zone: string;
  /** The machines' name; Google appends four characters. */
  readonly baseName: string;
  readonly template: InstanceTemplateArgs;
}

/**
 * A template and a group whose size is the plugin's alone: it starts empty, nothing repairs, updates or counts its
 * machines, and no run of the stack says anything of its size again.
 *
 * @example
 * new WorkerGroup("burst-open", { zone, baseName, template }, { parent });
 * @see https://docs.gitlab.com/runner/executors/docker_autoscaler/#dedicated-autoscaling-groups-for-each-runner-configuration
 */
export class WorkerGroup extends pulumi.ComponentResource {
  readonly manager: InstanceGroupManager;

  constructor(name: string, args: WorkerGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:WorkerGroup", name, {}, opts);
    const template = new InstanceTemplate(`${name}-tmpl`, args.template, { parent: this, ...REPLACEABLE });
    this.manager = new InstanceGroupManager(
      name,
      {
        zone: args.zone,
        baseInstanceName: args.baseName,
        versions: [{ instanceTemplate: template.selfLinkUnique }],
        targetSize: 0,
        // Only the plugin replaces a failed machine, because it knows the state of its job.
        instanceLifecyclePolicy: { defaultActionOnFailure: "DO_NOTHING" },
        // A job's machine is not touched; the next one is made from the new template.
        updatePolicy: {
          type: "OPPORTUNISTIC",
          minimalAction: "REPLACE",
          mostDisruptiveAllowedAction: "REPLACE",
          replacementMethod: "SUBSTITUTE",
          maxSurgeFixed: 0,
          maxUnavailableFixed: 1,
        },
        waitForInstances: false,
      },
      { parent: this, ignoreChanges: ["targetSize"] },
    );
    this.registerOutputs({ group: this.manager.name });
  }
}
