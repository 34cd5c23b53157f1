/** A fixed group of hosts on Google Cloud. */
import * as pulumi from "@pulumi/pulumi";
import type { GcpConfig } from "../../config.ts";
import type { Fleet, FleetArgs } from "../fleet.ts";
import { type RegisteredRunner, registerRunners } from "../registration.ts";
import { runnerEntries } from "../settings.ts";

export interface GcpFleetArgs extends FleetArgs {
  readonly gcp: GcpConfig;
}

/**
 * @example
 * const fleet = new GcpFleet("linux", { config, fleet, gcp: fleet.gcp, owner });
 */
export class GcpFleet extends pulumi.ComponentResource implements Fleet {
  readonly runners: readonly RegisteredRunner[];
  readonly hosts: Readonly<Record<string, pulumi.Output<unknown>>>;

  constructor(name: string, args: GcpFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:GcpFleet", name, {}, opts);
    const { config, fleet, owner } = args;
    this.runners = registerRunners(name, fleet, owner, runnerEntries(config.stack, fleet), { parent: this });
    this.hosts = {};
    this.registerOutputs();
  }
}
