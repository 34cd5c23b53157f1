/** Fleets of every kind: which component makes one, and what all of them have. */
import type * as pulumi from "@pulumi/pulumi";
import type { FleetConfig, GcpAutoscalerConfig, GcpConfig, SshHostConfig, StackConfig } from "../config.ts";
import type { Owner } from "./owner.ts";
import type { RegisteredRunner } from "./user-runners.ts";

/** What a fleet is made from, whatever its kind. */
export interface FleetArgs {
  readonly config: Pick<StackConfig, "stack" | "gitlabUrl">;
  readonly fleet: FleetConfig;
  readonly owner: Owner;
}

/** A fleet, as the rest of the program sees it. Whatever depends on it waits for its machines and its runners. */
export interface Fleet extends pulumi.ComponentResource {
  readonly runners: readonly RegisteredRunner[];
  /** What a person wants to know of its machines, by address, region or zone: it becomes an output of the stack. */
  readonly hosts: Readonly<Record<string, pulumi.Output<unknown>>>;
}

/** The one of a fleet's keys that says what its machines are. */
type FleetKind =
  | { readonly kind: "hosts"; readonly hosts: readonly SshHostConfig[] }
  | { readonly kind: "gcp"; readonly gcp: GcpConfig }
  | { readonly kind: "gcpAutoscaler"; readonly gcp: GcpAutoscalerConfig };

function kindOf({ name, hosts, gcp, gcpAutoscaler }: FleetConfig): FleetKind {
  if (hosts) return { kind: "hosts", hosts };
  if (gcp) return { kind: "gcp", gcp };
  if (gcpAutoscaler) return { kind: "gcpAutoscaler", gcp: gcpAutoscaler };
  throw new Error(`fleet ${name} is of no kind; the configuration's check should have said so`);
}

/**
 * Makes a fleet. Each kind is loaded only by a stack that has such a fleet: a provider's package takes its time.
 *
 * @example
 * const fleet = await createFleet("linux", { config, fleet: config.fleets[0], owner });
 */
export async function createFleet(
  name: string,
  args: FleetArgs,
  opts?: pulumi.ComponentResourceOptions,
): Promise<Fleet> {
  const kind = kindOf(args.fleet);
  switch (kind.kind) {
    case "hosts": {
      const { SshFleet } = await import("./fleets/ssh/fleet.ts");
      return new SshFleet(name, { ...args, hosts: kind.hosts }, opts);
    }
    case "gcp": {
      const { GcpFleet } = await import("./fleets/gcp/fleet.ts");
      return new GcpFleet(name, { ...args, gcp: kind.gcp }, opts);
    }
    case "gcpAutoscaler": {
      const { GcpAutoscalerFleet } = await import("./fleets/gcp-autoscaler/fleet.ts");
      return new GcpAutoscalerFleet(name, { ...args, gcp: kind.gcp }, opts);
    }
  }
}
