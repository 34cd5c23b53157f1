/** Hosts of one kind with one set of tags. */
import * as pulumi from "@pulumi/pulumi";
import type { FleetConfig, StackConfig } from "../config.ts";
import { type RegisteredRunner, registerRunners } from "./registration.ts";
import { hostSettings, runnerEntries } from "./settings.ts";
import { SshHost } from "./ssh-host.ts";

export interface FleetArgs {
  readonly config: Pick<StackConfig, "stack" | "gitlabUrl">;
  readonly fleet: FleetConfig;
}

/**
 * Registers a fleet's runners and sets its hosts up.
 *
 * @example
 * const fleet = new Fleet("linux", { config, fleet: config.fleets[0] });
 */
export class Fleet extends pulumi.ComponentResource {
  readonly runners: readonly RegisteredRunner[];
  readonly hosts: readonly SshHost[];

  constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:Fleet", name, {}, opts);
    const { config, fleet } = args;
    this.runners = registerRunners(name, fleet, runnerEntries(config.stack, fleet), { parent: this });
    const tokens = pulumi.all(
      Object.fromEntries(this.runners.map(({ entry, record }) => [entry.name, record.token])),
    );
    const settings = hostSettings(config, fleet);
    this.hosts = (fleet.hosts ?? []).map(
      (host) => new SshHost(`${name}-${host.address}`, { host, settings, tokens }, { parent: this }),
    );
    this.registerOutputs();
  }
}
