/** Where an autoscaler's machines are, and which packets they may send and receive: only the manager can reach workers. */
import * as pulumi from "@pulumi/pulumi";
import {
  Firewall,
  type FirewallRule,
  firewallRules,
  makesFirewall,
  reachesAllHttps,
} from "../gcp/firewall.ts";
import type { GcpMachineConfig } from "../gcp/machine.ts";
import { GcpNetwork } from "../gcp/network.ts";

/**
 * Where the workers of an existing subnetwork may be.
 * @see https://www.rfc-editor.org/rfc/rfc1918
 * @see https://www.rfc-editor.org/rfc/rfc6598
 */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

export interface AutoscalerRules {
  readonly manager: readonly FirewallRule[];
  readonly workers: readonly FirewallRule[];
}

/** No rules, if they are managed elsewhere. */
const NONE: AutoscalerRules = { manager: [], workers: [] };

/**
 * @param managerTag network tag of the manager.
 * @returns the manager's rules and the workers', those that deny first. The workers' go by network tags, since a worker
 *   has no service account, and rules take one or the other.
 */
export function autoscalerRules(
  gcp: Pick<GcpMachineConfig, "ssh" | "egress" | "network">,
  managerTag: string,
): AutoscalerRules {
  const { network, egress, ssh } = gcp;
  if (!makesFirewall(network)) return NONE;
  const toWorkers: FirewallRule = {
    name: "to-workers",
    direction: "EGRESS",
    action: "allow",
    ranges: "range" in network ? [network.range] : PRIVATE_RANGES,
    ports: [22],
    reason: "Allows SSH from the manager to its workers, to run jobs.",
  };
  const fromManager: FirewallRule = {
    name: "ssh-manager",
    direction: "INGRESS",
    action: "allow",
    ranges: [],
    tags: [managerTag],
    ports: [22],
    reason: "Denies all other connections to workers, from people and from other workers.",
  };
  return {
    manager: [...firewallRules({ ssh, egress, healthCheck: false }), toWorkers],
    workers: [
      ...firewallRules({ ssh: "off", egress, healthCheck: false }).filter(
        // Workers have no identity for Google's APIs.
        ({ name }) => name !== "google-apis",
      ),
      fromManager,
    ],
  };
}

export interface AutoscalerNetworkArgs {
  readonly gcp: Pick<GcpMachineConfig, "ssh" | "egress" | "network">;
  readonly region: string;
  /** Network tags of the machines. */
  readonly tags: { readonly manager: string; readonly worker: string };
}

/**
 * @example
 * const network = new AutoscalerNetwork("burst-net", { gcp, region, tags }, { parent });
 */
export class AutoscalerNetwork extends pulumi.ComponentResource {
  readonly subnetwork: pulumi.Output<string>;

  constructor(name: string, args: AutoscalerNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:AutoscalerNetwork", name, {}, opts);
    const { gcp, region, tags } = args;
    const privateApis = !reachesAllHttps(gcp.egress);
    const parent = { parent: this };
    const network = new GcpNetwork(name, { region, network: gcp.network, privateApis }, parent);
    const rules = autoscalerRules(gcp, tags.manager);
    const shared = { network: network.network, project: network.project };
    new Firewall(`${name}-m`, { ...shared, targets: { tags: [tags.manager] }, rules: rules.manager }, parent);
    new Firewall(`${name}-w`, { ...shared, targets: { tags: [tags.worker] }, rules: rules.workers }, parent);
    this.subnetwork = network.subnetwork;
    this.registerOutputs({ subnetwork: this.subnetwork });
  }
}
