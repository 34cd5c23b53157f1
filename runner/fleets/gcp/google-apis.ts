/** Google's APIs for machines that may not go to all of the Internet. */
import { ManagedZone } from "@pulumi/gcp/dns/managedZone.js";
import { RecordSet } from "@pulumi/gcp/dns/recordSet.js";
import * as pulumi from "@pulumi/pulumi";

/**
 * The addresses of `private.googleapis.com` and `restricted.googleapis.com`: they are reached from inside Google's
 * network alone.
 * @see https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
 */
export const PRIVATE_APIS = ["199.36.153.8/30", "199.36.153.4/30"] as const;

const PRIVATE_ADDRESSES = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"];

/** Secret Manager, tokens and logs; Artifact Registry. */
const DOMAINS = [
  { part: "api", domain: "googleapis.com.", apex: "private.googleapis.com." },
  { part: "pkg", domain: "pkg.dev.", apex: "pkg.dev." },
] as const;

export interface PrivateGoogleApisArgs {
  readonly network: pulumi.Input<string>;
}

/**
 * Names of Google's APIs lead to their private addresses within one network. Without this they lead to ranges that
 * change, which no firewall rule can name.
 *
 * @see https://cloud.google.com/vpc/docs/configure-private-google-access#config-domain
 */
export class PrivateGoogleApis extends pulumi.ComponentResource {
  constructor(name: string, args: PrivateGoogleApisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:PrivateGoogleApis", name, {}, opts);
    for (const { part, domain, apex } of DOMAINS) {
      const zone = new ManagedZone(
        `${name}-${part}`,
        {
          dnsName: domain,
          visibility: "private",
          privateVisibilityConfig: { networks: [{ networkUrl: args.network }] },
          description: "Google's APIs by their private addresses.",
        },
        { parent: this },
      );
      const common = { managedZone: zone.name, ttl: 300 };
      const { dnsName } = zone;
      new RecordSet(
        `${name}-${part}-a`,
        { ...common, name: apex, type: "A", rrdatas: PRIVATE_ADDRESSES },
        { parent: this },
      );
      new RecordSet(
        `${name}-${part}-any`,
        { ...common, name: pulumi.interpolate`*.${dnsName}`, type: "CNAME", rrdatas: [apex] },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}
