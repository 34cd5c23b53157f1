/** Hosts of one kind with one set of tags. */
import * as pulumi from "@pulumi/pulumi";
import type { FleetConfig, StackConfig } from "../config.ts";
import type { Owner } from "./owner.ts";
import { type RegisteredRunner, registerRunners } from "./registration.ts";
import { hostSettings, runnerEntries } from "./settings.ts";
import { SshHost } from "./ssh-host.ts";

export interface FleetArgs {
  readonly config: Pick<StackConfig, "stack" | "gitlabUrl">;
  readonly fleet: FleetConfig;
  readonly owner: Owner;
}

/**
 * Sets a fleet's hosts up, registers its runners, and hands them over to the hosts' managers.
 *
 * @example
 * const fleet = new Fleet("linux", { config, fleet: config.fleets[0], owner });
 */
export class Fleet extends pulumi.ComponentResource {
  readonly runners: readonly RegisteredRunner[];
  readonly hosts: readonly SshHost[];

  constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:Fleet", name, {}, opts);
    const { config, fleet, owner } = args;
    const settings = hostSettings(config, fleet);
    this.hosts = (fleet.hosts ?? []).map(
      (host) => new SshHost(`${name}-${host.address}`, { host, settings }, { parent: this }),
    );
    // A host that cannot be reached or set up stops the run before GitLab has a record of it.
    this.runners = registerRunners(name, fleet, owner, runnerEntries(config.stack, fleet), {
      parent: this,
      dependsOn: this.hosts.map(({ setup }) => setup),
    });
    const tokens = pulumi.all(
      Object.fromEntries(this.runners.map(({ entry, record }) => [entry.name, record.token])),
    );
    for (const host of this.hosts) host.register(tokens);
    this.registerOutputs();
  }
}
