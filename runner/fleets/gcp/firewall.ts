/** The packets that a fleet's machines may send and receive: only those listed here, with the reason. */
import { Firewall as GcpFirewall } from "@pulumi/gcp/compute/firewall.js";
import * as pulumi from "@pulumi/pulumi";
import { HEALTH_CHECK } from "../../host/cloud.ts";
import { PRIVATE_APIS } from "./google-apis.ts";
import type { GcpMachineConfig } from "./machine.ts";
import { REPLACEABLE } from "./protection.ts";

/**
 * Addresses from which Identity-Aware Proxy forwards TCP.
 * @see https://cloud.google.com/iap/docs/using-tcp-forwarding#create-firewall-rule
 */
const IAP_RANGE = "35.235.240.0/20";

/**
 * Before rules that name no priority, which have 1000: in a network that others use too, one that lets every address in
 * must not let them in here. A lower number goes first.
 * @see https://cloud.google.com/firewall/docs/firewalls#priority_order_for_firewall_rules
 */
export const PRIORITY = { allow: 900, deny: 950 } as const;

/** One rule; `ranges` is the other side's, or its `tags`. Without `ports` it is about every packet. */
export interface FirewallRule {
  /** Ends the resource's name; 11 characters at most, since Google's names have 63. */
  readonly name: string;
  readonly direction: "INGRESS" | "EGRESS";
  readonly action: keyof typeof PRIORITY;
  readonly ranges: readonly string[];
  /** Network tags of who sends, in place of `ranges`; in rules of machines that have tags themselves. */
  readonly tags?: readonly string[];
  readonly ports?: readonly number[];
  readonly reason: string;
}

export interface FirewallFacts {
  readonly ssh: GcpMachineConfig["ssh"];
  readonly egress: GcpMachineConfig["egress"];
  readonly healthCheck: boolean;
}

/** Whether this fleet creates the rules: in an existing network they may be managed elsewhere. */
export const makesFirewall = (network: GcpMachineConfig["network"]): boolean =>
  !("firewall" in network) || network.firewall;

/** Whether machines may go to HTTPS anywhere, and so to every address of Google's APIs. */
export const reachesAllHttps = (egress: GcpMachineConfig["egress"]): boolean =>
  egress.some(({ ports, ranges }) => ports.includes(443) && ranges.includes("0.0.0.0/0"));

/**
 * @returns every rule of a fleet, those that deny first. Names and time come from the metadata server, which no rule
 *   is about.
 * @see https://cloud.google.com/firewall/docs/firewalls#alwaysallowed
 */
export function firewallRules({ ssh, egress, healthCheck }: FirewallFacts): FirewallRule[] {
  const rules: FirewallRule[] = [
    {
      name: "deny-in",
      direction: "INGRESS",
      action: "deny",
      ranges: ["0.0.0.0/0"],
      reason: "Denies all connections to machines that run jobs.",
    },
    {
      name: "deny-out",
      direction: "EGRESS",
      action: "deny",
      ranges: ["0.0.0.0/0"],
      reason: "Denies connections from jobs, except for those in the stack's `egress`.",
    },
    ...egress.map(
      ({ ports, ranges }, index): FirewallRule => ({
        name: `egress-${index}`,
        direction: "EGRESS",
        action: "allow",
        ranges,
        ports,
        reason: `Entry ${index} of the stack's \`egress\`.`,
      }),
    ),
  ];
  if (!reachesAllHttps(egress))
    rules.push({
      name: "google-apis",
      direction: "EGRESS",
      action: "allow",
      ranges: PRIVATE_APIS,
      ports: [443],
      reason: "Allows Secret Manager, at the private addresses of Google's APIs.",
    });
  if (ssh === "iap")
    rules.push({
      name: "ssh-iap",
      direction: "INGRESS",
      action: "allow",
      ranges: [IAP_RANGE],
      ports: [22],
      reason: "Allows SSH for people through Identity-Aware Proxy.",
    });
  if (healthCheck)
    rules.push({
      name: "health",
      direction: "INGRESS",
      action: "allow",
      ranges: HEALTH_CHECK.ranges,
      ports: [HEALTH_CHECK.port],
      reason: "Allows Google's health checks.",
    });
  return rules;
}

export interface FirewallArgs {
  readonly network: pulumi.Input<string>;
  /** Project of the network, where that is not the provider's. */
  readonly project: string | undefined;
  /**
   * The rules hold for the machines of these accounts, whatever else is in the network; or for those with these network
   * tags, if machines have no service account. A rule cannot have both.
   * @see https://cloud.google.com/firewall/docs/firewalls#service-accounts-vs-tags
   */
  readonly targets:
    | { readonly serviceAccounts: readonly pulumi.Input<string>[] }
    | { readonly tags: readonly string[] };
  readonly rules: readonly FirewallRule[];
}

/**
 * @example
 * new Firewall("linux-fw", { network, project, targets: { serviceAccounts: [account.email] }, rules }, { parent });
 */
export class Firewall extends pulumi.ComponentResource {
  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:Firewall", name, {}, opts);
    for (const rule of args.rules)
      new GcpFirewall(`${name}-${rule.name}`, firewallArgs(rule, args), {
        parent: this,
        ...REPLACEABLE,
      });
    this.registerOutputs();
  }
}

function firewallArgs(rule: FirewallRule, { network, project, targets }: FirewallArgs) {
  const { direction, action, ranges, tags, ports, reason } = rule;
  const senders = tags === undefined ? { sourceRanges: [...ranges] } : { sourceTags: [...tags] };
  const packets =
    ports === undefined ? [{ protocol: "all" }] : [{ protocol: "tcp", ports: ports.map(String) }];
  return {
    network,
    ...(project === undefined ? {} : { project }),
    direction,
    priority: PRIORITY[action],
    ...(action === "allow" ? { allows: packets } : { denies: packets }),
    ...(direction === "INGRESS" ? senders : { destinationRanges: [...ranges] }),
    ...("tags" in targets
      ? { targetTags: [...targets.tags] }
      : { targetServiceAccounts: [...targets.serviceAccounts] }),
    description: reason,
  };
}
