/** Commands that inspect a group's machines. */
import type { RegionInstanceGroupManager } from "@pulumi/gcp/compute/regionInstanceGroupManager.js";
import * as pulumi from "@pulumi/pulumi";
import { STATUS_ATTRIBUTE } from "../../host/cloud.ts";
import type { GcpConfig } from "./schema.ts";

/** Values are commands, but for the names. `NAME` and `ZONE` stand for a machine's. */
export interface GroupCommands {
  readonly group: string;
  readonly machines: string;
  /** The status of every machine; if one does not boot, the reason. */
  readonly status: string;
  /** The serial console, which shows errors even of a machine without a network. */
  readonly console: string;
  readonly ssh?: string;
  readonly doctor?: string;
  readonly replace: string;
  readonly workloadIdentityProvider?: string;
}

/** @see https://cloud.google.com/iap/docs/using-tcp-forwarding#tunneling_ssh_connections */
export function loginCommands(machine: string): { readonly ssh: string; readonly doctor: string } {
  const ssh = `gcloud compute ssh ${machine} --tunnel-through-iap`;
  return { ssh, doctor: `${ssh} --command='sudo buildx-doctor'` };
}

/**
 * @param provider of the workload identity pool, where the fleet has one.
 * @see https://cloud.google.com/compute/docs/metadata/manage-guest-attributes#get_guest_attributes
 */
export function groupCommands(
  { ssh }: Pick<GcpConfig, "ssh">,
  { name, project, region }: Pick<RegionInstanceGroupManager, "name" | "project" | "region">,
  provider: pulumi.Output<string> | undefined,
): pulumi.Output<GroupCommands> {
  return pulumi
    .all([name, project, region, provider])
    .apply(([group, inProject, inRegion, workloadIdentityProvider]) => {
      const groups = "gcloud compute instance-groups managed";
      const which = `${group} --project=${inProject} --region=${inRegion}`;
      const one = `NAME --project=${inProject} --zone=ZONE`;
      return {
        group,
        machines: `${groups} list-instances ${which}`,
        status: `${groups} list-instances ${which} --format='value(instance)' | xargs -n 1 gcloud compute instances get-guest-attributes --query-path=${STATUS_ATTRIBUTE}`,
        console: `gcloud compute instances get-serial-port-output ${one}`,
        ...(ssh === "iap" ? loginCommands(one) : {}),
        replace: `${groups} recreate-instances ${which} --instances=NAME`,
        ...(workloadIdentityProvider === undefined ? {} : { workloadIdentityProvider }),
      };
    });
}
