/** Cases of rules/network.ts. */
import { a, type Cases, FIREWALL, GROUP, INSTANCE, OWN, TEMPLATE } from "./subject.ts";

const network: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { networkInterfaces: [{ subnetwork: "s" }, { accessConfigs: [{}] }] }),
      where: "networkInterfaces[1].accessConfigs",
    },
    {
      resource: a(INSTANCE, { networkInterfaces: [{ ipv6AccessConfigs: [{ networkTier: "PREMIUM" }] }] }),
      where: "networkInterfaces[0].ipv6AccessConfigs",
    },
    {
      resource: a("gcp:compute/instanceFromTemplate:InstanceFromTemplate", {
        networkInterfaces: [{ accessConfigs: [{}] }],
      }),
      where: "networkInterfaces[0].accessConfigs",
    },
    { resource: a("gcp:compute/address:Address", {}), where: "addressType" },
    {
      resource: a("gcp:compute/globalAddress:GlobalAddress", { addressType: "EXTERNAL" }),
      where: "addressType",
    },
    { resource: a("gcp:compute/forwardingRule:ForwardingRule", {}), where: "loadBalancingScheme" },
    {
      resource: a("gcp:compute/globalForwardingRule:GlobalForwardingRule", {
        loadBalancingScheme: "EXTERNAL_MANAGED",
      }),
      where: "loadBalancingScheme",
    },
    {
      resource: a("gcp:compute/subnetwork:Subnetwork", { ipv6AccessType: "EXTERNAL" }),
      where: "ipv6AccessType",
    },
    {
      resource: a(GROUP, { statefulExternalIps: [{ interfaceName: "nic0" }] }),
      where: "statefulExternalIps",
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { networkInterfaces: [{ subnetwork: "s" }] }) },
    { resource: a(INSTANCE, { networkInterfaces: [{ subnetwork: "s", accessConfigs: [] }] }) },
    { resource: a("gcp:compute/address:Address", { addressType: "INTERNAL" }) },
    {
      resource: a("gcp:compute/forwardingRule:ForwardingRule", { loadBalancingScheme: "INTERNAL_MANAGED" }),
    },
    { resource: a("gcp:compute/subnetwork:Subnetwork", { ipCidrRange: "10.20.0.0/24" }) },
    { resource: a(GROUP, {}) },
  ],
};

const tcp = [{ protocol: "tcp", ports: ["22"] }];
const IAP = "35.235.240.0/20";

const firewall: Cases = {
  refuses: [
    {
      resource: a(FIREWALL, { allows: tcp, sourceRanges: [IAP, "0.0.0.0/0"] }),
      where: "sourceRanges[1]",
    },
    {
      resource: a(FIREWALL, { direction: "INGRESS", allows: tcp, sourceRanges: ["::/0"] }),
      where: "sourceRanges[0]",
    },
    // The same in two halves.
    { resource: a(FIREWALL, { allows: tcp, sourceRanges: ["128.0.0.0/1"] }), where: "sourceRanges[0]" },
    { resource: a(FIREWALL, { allows: tcp }), where: "sourceRanges" },
    {
      resource: a("gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule", {
        direction: "INGRESS",
        action: "allow",
        match: { layer4Configs: [{ ipProtocol: "tcp" }], srcIpRanges: ["0.0.0.0/0"] },
      }),
      where: "match.srcIpRanges[0]",
    },
    {
      resource: a("gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule", {
        direction: "INGRESS",
        action: "allow",
        match: { layer4Configs: [{ ipProtocol: "all" }] },
      }),
      where: "match.srcIpRanges",
    },
    {
      resource: a("gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules", {
        rules: [
          { priority: 1, action: "deny", match: { layer4Configs: [] } },
          { priority: 2, action: "allow", match: { layer4Configs: [], srcIpRanges: ["::/0"] } },
        ],
      }),
      where: "rules[1].match.srcIpRanges[0]",
    },
    {
      resource: a("gcp:compute/firewallPolicyRule:FirewallPolicyRule", {
        direction: "INGRESS",
        action: "apply_security_profile_group",
        match: { layer4Configs: [{ ipProtocol: "all" }], srcIpRanges: ["0.0.0.0/0"] },
      }),
      where: "match.srcIpRanges[0]",
    },
  ],
  passes: [
    {
      resource: a("gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules", {
        rules: [
          { priority: 1, action: "allow", match: { layer4Configs: [], srcIpRanges: [IAP] } },
          { priority: 2, action: "deny", match: { layer4Configs: [], srcIpRanges: ["0.0.0.0/0"] } },
          { priority: 3, action: "allow", match: { layer4Configs: [], srcSecureTags: [{ name: "t" }] } },
        ],
      }),
    },
    { resource: a(FIREWALL, { allows: tcp, sourceRanges: [IAP] }) },
    { resource: a(FIREWALL, { allows: tcp, sourceRanges: ["203.0.113.7"] }) },
    { resource: a(FIREWALL, { denies: [{ protocol: "all" }], sourceRanges: ["0.0.0.0/0"] }) },
    { resource: a(FIREWALL, { direction: "EGRESS", allows: tcp, destinationRanges: ["0.0.0.0/0"] }) },
    { resource: a(FIREWALL, { allows: tcp, sourceServiceAccounts: [OWN] }) },
    {
      resource: a("gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule", {
        direction: "INGRESS",
        action: "deny",
        match: { layer4Configs: [{ ipProtocol: "all" }], srcIpRanges: ["0.0.0.0/0"] },
      }),
    },
  ],
};

const egress: Cases = {
  refuses: [
    {
      resource: a(FIREWALL, {
        direction: "EGRESS",
        allows: [{ protocol: "tcp", ports: ["443"] }, { protocol: "all" }],
        destinationRanges: ["0.0.0.0/0"],
      }),
      where: "allows[1]",
    },
    { resource: a(FIREWALL, { direction: "EGRESS", allows: [{ protocol: "udp" }] }), where: "allows[0]" },
  ],
  passes: [
    {
      resource: a(FIREWALL, {
        direction: "EGRESS",
        allows: [{ protocol: "tcp", ports: ["443"] }],
        destinationRanges: ["0.0.0.0/0"],
      }),
    },
    {
      resource: a(FIREWALL, {
        direction: "EGRESS",
        allows: [{ protocol: "all" }],
        destinationRanges: ["199.36.153.8/30"],
      }),
    },
    { resource: a(FIREWALL, { direction: "EGRESS", denies: [{ protocol: "all" }] }) },
  ],
};

export const networkCases: Readonly<Record<string, Cases>> = {
  "no-external-address": network,
  "no-open-firewall": firewall,
  "no-open-egress": egress,
};
