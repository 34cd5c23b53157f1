/** Resources that rules look at. */

import type * as compute from "@pulumi/gcp/compute/index.js";
import type * as secretmanager from "@pulumi/gcp/secretmanager/index.js";
import type * as gitlab from "@pulumi/gitlab";
import type { Unwrap } from "@pulumi/pulumi";

/** With the types of their providers: a property that does not exist does not compile. */
interface Arguments {
  "gcp:compute/address:Address": Unwrap<compute.AddressArgs>;
  "gcp:compute/disk:Disk": Unwrap<compute.DiskArgs>;
  "gcp:compute/firewall:Firewall": Unwrap<compute.FirewallArgs>;
  "gcp:compute/firewallPolicyRule:FirewallPolicyRule": Unwrap<compute.FirewallPolicyRuleArgs>;
  "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules": Unwrap<compute.FirewallPolicyWithRulesArgs>;
  "gcp:compute/forwardingRule:ForwardingRule": Unwrap<compute.ForwardingRuleArgs>;
  "gcp:compute/globalAddress:GlobalAddress": Unwrap<compute.GlobalAddressArgs>;
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": Unwrap<compute.GlobalForwardingRuleArgs>;
  "gcp:compute/instance:Instance": Unwrap<compute.InstanceArgs>;
  "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage": Unwrap<compute.InstanceFromMachineImageArgs>;
  "gcp:compute/instanceFromTemplate:InstanceFromTemplate": Unwrap<compute.InstanceFromTemplateArgs>;
  "gcp:compute/instanceGroupManager:InstanceGroupManager": Unwrap<compute.InstanceGroupManagerArgs>;
  "gcp:compute/instanceTemplate:InstanceTemplate": Unwrap<compute.InstanceTemplateArgs>;
  "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule": Unwrap<compute.NetworkFirewallPolicyRuleArgs>;
  "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules": Unwrap<compute.NetworkFirewallPolicyWithRulesArgs>;
  "gcp:compute/projectMetadata:ProjectMetadata": Unwrap<compute.ProjectMetadataArgs>;
  "gcp:compute/projectMetadataItem:ProjectMetadataItem": Unwrap<compute.ProjectMetadataItemArgs>;
  "gcp:compute/regionDisk:RegionDisk": Unwrap<compute.RegionDiskArgs>;
  "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": Unwrap<compute.RegionInstanceGroupManagerArgs>;
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": Unwrap<compute.RegionInstanceTemplateArgs>;
  "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule": Unwrap<compute.RegionNetworkFirewallPolicyRuleArgs>;
  "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules": Unwrap<compute.RegionNetworkFirewallPolicyWithRulesArgs>;
  "gcp:compute/subnetwork:Subnetwork": Unwrap<compute.SubnetworkArgs>;
  "gcp:secretmanager/secret:Secret": Unwrap<secretmanager.SecretArgs>;
  "gcp:secretmanager/secretVersion:SecretVersion": Unwrap<secretmanager.SecretVersionArgs>;
  "gitlab:index/groupVariable:GroupVariable": Unwrap<
    Omit<gitlab.ProjectVariableArgs, "project"> & { group: string }
  >;
  "gitlab:index/projectVariable:ProjectVariable": Unwrap<gitlab.ProjectVariableArgs>;
  "gitlab:index/repositoryFile:RepositoryFile": Unwrap<gitlab.RepositoryFileArgs>;
  "gitlab:index/userRunner:UserRunner": Unwrap<gitlab.UserRunnerArgs>;
}

/** A type token. */
export type Kind = keyof Arguments;

/** Properties by type token. Not every program is compiled: what a provider wants may be missing. */
export type Kinds = { readonly [K in Kind]: Partial<Arguments[K]> };

/** What describes a machine as a whole: what it must have is asked of these. */
export const MACHINES = [
  "gcp:compute/instance:Instance",
  "gcp:compute/instanceTemplate:InstanceTemplate",
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
] as const;

export const TEMPLATES = [
  "gcp:compute/instanceTemplate:InstanceTemplate",
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
] as const;

/** And what changes a part of one: what it must not have is asked of these too. */
export const MACHINES_AND_CHANGES = [
  ...MACHINES,
  "gcp:compute/instanceFromMachineImage:InstanceFromMachineImage",
  "gcp:compute/instanceFromTemplate:InstanceFromTemplate",
] as const;

export const GROUPS = [
  "gcp:compute/instanceGroupManager:InstanceGroupManager",
  "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
] as const;
