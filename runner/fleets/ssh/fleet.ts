/** Hosts that are reached over SSH. */
import * as pulumi from "@pulumi/pulumi";
import type { SshHostConfig } from "../../../config.ts";
import type { Fleet, FleetArgs } from "../../fleet.ts";
import { hostSettings, runnerEntries } from "../../settings.ts";
import { type RegisteredRunner, registerRunners, tokensOf } from "../../user-runners.ts";
import { SshHost } from "./host.ts";

export interface SshFleetArgs extends FleetArgs {
  readonly hosts: readonly SshHostConfig[];
}

/**
 * Sets a fleet's hosts up, registers its runners, and hands them over to the hosts' managers.
 *
 * @example
 * const fleet = new SshFleet("linux", { config, fleet, hosts: fleet.hosts, owner });
 */
export class SshFleet extends pulumi.ComponentResource implements Fleet {
  readonly runners: readonly RegisteredRunner[];
  readonly hosts: Readonly<Record<string, pulumi.Output<unknown>>>;

  constructor(name: string, args: SshFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:Fleet", name, {}, opts);
    const { config, fleet, owner } = args;
    const settings = hostSettings(config, fleet);
    const hosts = args.hosts.map(
      (host) =>
        new SshHost(
          `${name}-${host.address}`,
          {
            host,
            settings: host.takeOver === undefined ? settings : { ...settings, takeOver: host.takeOver },
          },
          // Of a machine that is gone there is nothing to protect.
          { parent: this, ...(host.gone ? { protect: false } : {}) },
        ),
    );
    // A host that cannot be reached or set up stops the run before GitLab has a record of it.
    this.runners = registerRunners(name, fleet, owner, runnerEntries(config.stack, fleet), {
      parent: this,
      dependsOn: hosts.map(({ setup }) => setup),
    });
    const tokens = tokensOf(this.runners);
    for (const host of hosts) host.register(tokens);
    this.hosts = Object.fromEntries(
      args.hosts.map(({ address }, index) => [address, pulumi.output(hosts[index]?.look)]),
    );
    this.registerOutputs();
  }
}
