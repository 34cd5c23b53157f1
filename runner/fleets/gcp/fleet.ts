/** A fixed group of hosts on Google Cloud. */
import * as pulumi from "@pulumi/pulumi";
import { setupScript } from "../../host/archive.ts";
import { hostFiles } from "../../host/files.ts";
import type { HostSettings } from "../../host/settings.ts";
import { createRunners, type Runner } from "../../user-runners.ts";
import type { Fleet, FleetArgs } from "../kind.ts";
import { groupCommands } from "./commands.ts";
import { pushAccess } from "./federation.ts";
import { Firewall, firewallRules, makesFirewall, reachesAllHttps } from "./firewall.ts";
import { HostGroup } from "./group.ts";
import { GcpIdentity } from "./identity.ts";
import { shutdownSeconds } from "./machine.ts";
import { checkMetadata, groupMetadata, TEMPLATE_METADATA } from "./metadata.ts";
import { accountId, fleetLabels } from "./names.ts";
import { GcpNetwork } from "./network.ts";
import type { GcpConfig } from "./schema.ts";
import { TokenSecret } from "./secret.ts";
import { templateArgs } from "./template.ts";

export interface GcpFleetArgs extends FleetArgs<GcpConfig> {
  readonly settings: HostSettings;
}

/**
 * A network, an identity, runners whose tokens are in Secret Manager, and a group of machines that turn themselves into
 * hosts.
 *
 * @example
 * const fleet = new GcpFleet("linux", { config, fleet, owner, records, settings });
 */
export class GcpFleet extends pulumi.ComponentResource implements Fleet {
  readonly runners: readonly Runner[];
  readonly commands: Readonly<Record<string, pulumi.Output<unknown>>>;

  constructor(name: string, args: GcpFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:GcpFleet", name, {}, opts);
    const { config, owner, records, settings } = args;
    const gcp = args.fleet.machines;
    const { region } = gcp;
    const labels = fleetLabels(config.stack, name, gcp.labels);
    const description = `buildx-runners: ${config.stack}/${name}`;
    const setup = setupScript(hostFiles(settings));
    const metadata = TEMPLATE_METADATA;
    checkMetadata(this, name, metadata, groupMetadata(setup, ""));
    const parent = { parent: this };

    const identity = new GcpIdentity(
      `${name}-identity`,
      { accountId: accountId(config.stack, name), description },
      parent,
    );
    const network = new GcpNetwork(
      `${name}-net`,
      { region, network: gcp.network, privateApis: !reachesAllHttps(gcp.egress) },
      parent,
    );
    const firewall = new Firewall(
      `${name}-fw`,
      {
        network: network.network,
        project: network.project,
        targets: { serviceAccounts: [identity.email] },
        rules: makesFirewall(gcp.network) ? firewallRules({ ...gcp, healthCheck: true }) : [],
      },
      parent,
    );
    this.runners = createRunners(name, owner, records, parent);
    const tokens = new TokenSecret(
      `${name}-tokens`,
      { runners: this.runners, reader: identity.member, labels },
      parent,
    );
    const group = new HostGroup(
      `${name}-group`,
      {
        gcp,
        shutdownSeconds: shutdownSeconds(gcp),
        baseName: name,
        region,
        template: templateArgs({
          machine: gcp,
          region,
          subnetwork: network.subnetwork,
          serviceAccount: identity.email,
          shutdownSeconds: shutdownSeconds(gcp),
          labels,
          metadata,
          description,
        }),
        metadata: groupMetadata(setup, tokens.version),
      },
      // All of it exists when a machine boots; a machine that is deleted can still tell GitLab.
      { parent: this, dependsOn: [identity, network, firewall, tokens] },
    );
    const push = pushAccess(`${name}-push`, args, gcp.artifactRegistry, identity.account, parent);
    this.commands = { [region]: groupCommands(gcp, group.manager, push?.provider) };
    this.registerOutputs();
  }
}
