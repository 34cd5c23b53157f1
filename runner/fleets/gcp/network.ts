/** Where a fleet's machines are: a network of its own, or a subnetwork that exists. */
import { Network } from "@pulumi/gcp/compute/network.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import { RouterNat } from "@pulumi/gcp/compute/routerNat.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import { PrivateGoogleApis } from "./google-apis.ts";
import type { GcpMachineConfig } from "./machine.ts";
import { REPLACEABLE } from "./protection.ts";

export interface GcpNetworkArgs {
  readonly region: string;
  readonly network: GcpMachineConfig["network"];
  /** Google's APIs are to be reached by their private addresses: the machines may not go to all of the Internet. */
  readonly privateApis: boolean;
}

/**
 * Machines in it have no address of the Internet: they go out through Cloud NAT, and reach Google's APIs without it.
 *
 * @example
 * const network = new GcpNetwork("linux-net", { region, network: gcp.network, privateApis: false }, { parent });
 * @see https://cloud.google.com/nat/docs/overview
 * @see https://cloud.google.com/vpc/docs/private-google-access
 */
export class GcpNetwork extends pulumi.ComponentResource {
  readonly network: pulumi.Output<string>;
  readonly subnetwork: pulumi.Output<string>;
  /** Project that the network is in, where that is another one than the fleet's: firewall rules belong there. */
  readonly project: string | undefined;

  constructor(name: string, args: GcpNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:GcpNetwork", name, {}, opts);
    const { region, network, privateApis } = args;
    if ("subnetwork" in network) {
      this.network = pulumi.output(network.network);
      this.subnetwork = pulumi.output(network.subnetwork);
      this.project = network.network.split("/")[1];
    } else {
      const own = new Network(
        name,
        {
          autoCreateSubnetworks: false,
          routingMode: "REGIONAL",
          description: "Machines of buildx-runners. Nothing else belongs here.",
        },
        { parent: this },
      );
      const subnetwork = new Subnetwork(
        `${name}-sub`,
        { network: own.id, region, ipCidrRange: network.range, privateIpGoogleAccess: true },
        { parent: this },
      );
      natFor(name, region, own, subnetwork, this);
      if (privateApis)
        new PrivateGoogleApis(`${name}-apis`, { network: own.id }, { parent: this, ...REPLACEABLE });
      this.network = own.id;
      this.subnetwork = subnetwork.id;
      this.project = undefined;
    }
    this.registerOutputs({ network: this.network, subnetwork: this.subnetwork });
  }
}

function natFor(
  name: string,
  region: string,
  network: Network,
  subnetwork: Subnetwork,
  parent: pulumi.Resource,
): void {
  const router = new Router(`${name}-router`, { network: network.id, region }, { parent });
  new RouterNat(
    `${name}-nat`,
    {
      router: router.name,
      region,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: subnetwork.id, sourceIpRangesToNats: ["PRIMARY_IP_RANGE"] }],
      // Builds open many connections to one registry: https://cloud.google.com/nat/docs/ports-and-addresses
      enableDynamicPortAllocation: true,
      minPortsPerVm: 256,
      maxPortsPerVm: 8192,
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    },
    { parent },
  );
}
