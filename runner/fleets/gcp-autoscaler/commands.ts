/** Commands that inspect an autoscaler's machines. */
import type { Instance } from "@pulumi/gcp/compute/instance.js";
import type { InstanceGroupManager } from "@pulumi/gcp/compute/instanceGroupManager.js";
import * as pulumi from "@pulumi/pulumi";
import { STATUS_ATTRIBUTE } from "../../host/cloud.ts";
import type { TrustLevel } from "../../host/settings.ts";
import { loginCommands } from "../gcp/commands.ts";
import type { GcpAutoscalerConfig } from "./schema.ts";

/** Values are commands, but for the manager's name. `NAME` stands for a worker's. */
export interface AutoscalerCommands {
  readonly manager: string;
  /** The manager's status; if it does not boot, the reason. */
  readonly status: string;
  readonly console: string;
  readonly ssh?: string;
  readonly doctor?: string;
  /** The workers of each level, by level. */
  readonly workers: Readonly<Record<string, string>>;
  /** A worker's status. */
  readonly worker: string;
  readonly workloadIdentityProvider?: string;
}

/**
 * @param provider of the workload identity pool, where the fleet has one.
 * @see https://cloud.google.com/compute/docs/metadata/manage-guest-attributes#get_guest_attributes
 */
export function autoscalerCommands(
  { ssh, zone }: Pick<GcpAutoscalerConfig, "ssh" | "zone">,
  { name, project }: Pick<Instance, "name" | "project">,
  groups: readonly (readonly [TrustLevel, Pick<InstanceGroupManager, "name">])[],
  provider: pulumi.Output<string> | undefined,
): pulumi.Output<AutoscalerCommands> {
  const names = pulumi.all(groups.map(([, group]) => group.name));
  return pulumi
    .all([name, project, names, provider])
    .apply(([manager, inProject, inGroups, workloadIdentityProvider]) => {
      const where = `--project=${inProject} --zone=${zone}`;
      const attributes = (which: string) =>
        `gcloud compute instances get-guest-attributes ${which} ${where} --query-path=${STATUS_ATTRIBUTE}`;
      const list = "gcloud compute instance-groups managed list-instances";
      return {
        manager,
        status: attributes(manager),
        console: `gcloud compute instances get-serial-port-output ${manager} ${where}`,
        ...(ssh === "iap" ? loginCommands(`${manager} ${where}`) : {}),
        workers: Object.fromEntries(
          groups.map(([level], index) => [level, `${list} ${inGroups[index]} ${where}`]),
        ),
        worker: attributes("NAME"),
        ...(workloadIdentityProvider === undefined ? {} : { workloadIdentityProvider }),
      };
    });
}
