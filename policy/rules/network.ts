/** Which addresses can reach the machines, and which addresses they can reach. */
import { GROUPS, MACHINES_AND_CHANGES } from "../kinds.ts";
import { type Check, type Finding, on, type Rule } from "../rule.ts";

const THROUGH_NAT =
  "Remove it: machines connect out through Cloud NAT, and people connect in through Identity-Aware Proxy";

interface Interface {
  readonly accessConfigs?: readonly unknown[] | undefined;
  readonly ipv6AccessConfigs?: readonly unknown[] | undefined;
}

const externalAddresses = (interfaces: readonly Interface[] = []): Finding[] =>
  interfaces.flatMap((one, index) =>
    (["accessConfigs", "ipv6AccessConfigs"] as const)
      .filter((property) => (one[property]?.length ?? 0) > 0)
      .map((property) => ({
        where: `networkInterfaces[${index}].${property}`,
        what: "it gives the machine an address that every computer on the Internet can reach",
        remedy: THROUGH_NAT,
      })),
  );

/** @see https://cloud.google.com/compute/docs/ip-addresses/configure-static-external-ip-address */
const reserved = (addressType: string | undefined): Finding[] =>
  addressType === "INTERNAL"
    ? []
    : [
        {
          where: "addressType",
          what: "it is an external address, which is the default",
          remedy: "Set INTERNAL, or remove the address: Cloud NAT allocates its own",
        },
      ];

/** @see https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts */
const forwarded = (scheme: string | undefined): Finding[] =>
  scheme?.startsWith("INTERNAL") === true
    ? []
    : [
        {
          where: "loadBalancingScheme",
          what: `${scheme ?? "EXTERNAL, the default,"} accepts connections from every address`,
          remedy: "Remove the forwarding rule: runners poll GitLab for jobs and need no incoming connections",
        },
      ];

const noExternalAddress: Rule = {
  name: "no-external-address",
  description: "No machine has an external address or a forwarding rule that leads to it.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/ip-addresses/configure-static-external-ip-address",
  checks: [
    on(MACHINES_AND_CHANGES, ({ networkInterfaces }) => externalAddresses(networkInterfaces)),
    on(["gcp:compute/address:Address", "gcp:compute/globalAddress:GlobalAddress"], ({ addressType }) =>
      reserved(addressType),
    ),
    on(
      ["gcp:compute/forwardingRule:ForwardingRule", "gcp:compute/globalForwardingRule:GlobalForwardingRule"],
      ({ loadBalancingScheme }) => forwarded(loadBalancingScheme),
    ),
    on(["gcp:compute/subnetwork:Subnetwork"], ({ ipv6AccessType }) =>
      ipv6AccessType === "EXTERNAL"
        ? [
            {
              where: "ipv6AccessType",
              what: "machines in it get IPv6 addresses that every computer on the Internet can reach",
              remedy: "Set INTERNAL, or remove IPv6",
            },
          ]
        : [],
    ),
    on(GROUPS, ({ statefulExternalIps = [] }) =>
      statefulExternalIps.length === 0
        ? []
        : [
            {
              where: "statefulExternalIps",
              what: "the group keeps external addresses for its machines",
              remedy: THROUGH_NAT,
            },
          ],
    ),
  ],
};

/** A shorter prefix counts as every address: 0.0.0.0/0 can be written as 0.0.0.0/1 and 128.0.0.0/1. */
const WIDEST = { v4: 8, v6: 16 } as const;

function isOpen(range: string): boolean {
  const [address = "", length = ""] = range.split("/");
  // A single address has no length.
  if (length === "") return address === "0.0.0.0" || address === "::";
  return Number(length) < (address.includes(":") ? WIDEST.v6 : WIDEST.v4);
}

const openRanges = (ranges: readonly string[], property: string): Finding[] =>
  ranges.flatMap((range, index) =>
    isOpen(range)
      ? [
          {
            where: `${property}[${index}]`,
            what: `${range} allows connections from every address`,
            remedy:
              "Name the ranges that must reach the machine: 35.235.240.0/20 for Identity-Aware Proxy, 35.191.0.0/16 and 130.211.0.0/22 for Google's health checks",
          },
        ]
      : [],
  );

const unnamed = (where: string): Finding => ({
  where,
  what: "a rule that allows connections and names no source allows every address",
  remedy: "Name the ranges that must reach the machine",
});

/** @see https://cloud.google.com/firewall/docs/firewalls#rule_assignment */
const firewallIngress: Check = on(
  ["gcp:compute/firewall:Firewall"],
  ({
    direction = "INGRESS",
    allows = [],
    sourceRanges = [],
    sourceTags = [],
    sourceServiceAccounts = [],
  }) => {
    if (direction !== "INGRESS" || allows.length === 0) return [];
    const sources = [...sourceRanges, ...sourceTags, ...sourceServiceAccounts];
    return sources.length === 0 ? [unnamed("sourceRanges")] : openRanges(sourceRanges, "sourceRanges");
  },
);

interface PolicyRule {
  readonly direction?: string | undefined;
  readonly action?: string | undefined;
  readonly match?: { readonly srcIpRanges?: readonly string[] | undefined } | undefined;
}

/** Sources other than ranges always name a limited set. */
const NAMED = ["srcAddressGroups", "srcFqdns", "srcNetworks", "srcRegionCodes", "srcSecureTags"] as const;

/** @param where of the rule, with a dot behind it. */
function policyIngress({ direction, action, match = {} }: PolicyRule, where: string): Finding[] {
  if (direction === "EGRESS" || action === "deny" || action === "goto_next") return [];
  const { srcIpRanges = [] } = match;
  const sources: Readonly<Record<string, unknown>> = { ...match };
  const isNamed = NAMED.some((key) => Array.isArray(sources[key]) && sources[key].length > 0);
  const property = `${where}match.srcIpRanges`;
  if (srcIpRanges.length === 0 && !isNamed) return [unnamed(property)];
  return openRanges(srcIpRanges, property);
}

const noOpenFirewall: Rule = {
  name: "no-open-firewall",
  description: "Firewalls let connections in only from named ranges.",
  of: "inputs",
  url: "https://cloud.google.com/firewall/docs/firewalls",
  checks: [
    firewallIngress,
    on(
      [
        "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
        "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
        "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
      ],
      (rule) => policyIngress(rule, ""),
    ),
    on(
      [
        "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules",
        "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
        "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
      ],
      ({ rules = [] }) => rules.flatMap((rule, index) => policyIngress(rule, `rules[${index}].`)),
    ),
  ],
};

const noOpenEgress: Rule = {
  name: "no-open-egress",
  description: "Egress rules name ports or ranges: no rule allows every port of every address.",
  of: "inputs",
  url: "https://cloud.google.com/firewall/docs/firewalls",
  checks: [
    on(
      ["gcp:compute/firewall:Firewall"],
      ({ direction = "INGRESS", allows = [], destinationRanges = ["0.0.0.0/0"] }) => {
        if (direction !== "EGRESS" || !destinationRanges.some(isOpen)) return [];
        return allows.flatMap(({ protocol, ports = [] }, index) =>
          ports.length > 0
            ? []
            : [
                {
                  where: `allows[${index}]`,
                  what: `it allows every port of ${protocol} to every address`,
                  remedy: "Name ports, or the ranges that must be reached: egress of the fleet does both",
                },
              ],
        );
      },
    ),
  ],
};

export const networkRules: readonly Rule[] = [noExternalAddress, noOpenFirewall, noOpenEgress];
