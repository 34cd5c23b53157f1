/** Hosts that are reached over SSH. */
import * as pulumi from "@pulumi/pulumi";
import { createRunners, type Runner, tokensOf } from "../../user-runners.ts";
import type { Fleet, FleetArgs } from "../kind.ts";
import { SshHost, type SshHostArgs } from "./host.ts";

export interface SshFleetArgs extends Pick<FleetArgs, "owner" | "records"> {
  readonly hosts: readonly SshHostArgs[];
}

/**
 * Sets a fleet's hosts up, registers its runners, and hands them over to the hosts' managers.
 *
 * @example
 * const fleet = new SshFleet("linux", { owner, records, hosts: [{ host, settings }] });
 */
export class SshFleet extends pulumi.ComponentResource implements Fleet {
  readonly runners: readonly Runner[];
  readonly commands: Readonly<Record<string, pulumi.Output<unknown>>>;

  constructor(name: string, args: SshFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:Fleet", name, {}, opts);
    const hosts = args.hosts.map(
      (one) =>
        new SshHost(`${name}-${one.host.address}`, one, {
          parent: this,
          // Of a machine that is gone there is nothing to protect.
          ...(one.host.gone ? { protect: false } : {}),
        }),
    );
    // A host that cannot be reached or set up stops the run before GitLab has a record of it.
    this.runners = createRunners(name, args.owner, args.records, {
      parent: this,
      dependsOn: hosts.map(({ setup }) => setup),
    });
    const tokens = tokensOf(this.runners);
    for (const host of hosts) host.register(tokens);
    this.commands = Object.fromEntries(hosts.map(({ address, commands }) => [address, commands]));
    this.registerOutputs();
  }
}
