/** The kinds of fleets: a line each, under the key that stack files know it by. */
import type * as pulumi from "@pulumi/pulumi";
import type { Owner } from "../owner.ts";
import { type RunnerRecord, runnerRecords } from "../records.ts";
import { gcpKind } from "./gcp/kind.ts";
import { gcpAutoscalerKind } from "./gcp-autoscaler/kind.ts";
import type { Fleet, FleetKind, FleetOf, StackFacts } from "./kind.ts";
import { sshKind } from "./ssh/kind.ts";
import type { SshHostConfig } from "./ssh/schema.ts";

export const KINDS = {
  hosts: sshKind,
  gcp: gcpKind,
  gcpAutoscaler: gcpAutoscalerKind,
} satisfies Record<string, FleetKind>;

export type FleetKey = keyof typeof KINDS;

export const FLEET_KEYS = Object.keys(KINDS) as readonly FleetKey[];

/** A fleet of any kind. What its machines are, only its kind can read. */
export type FleetConfig = FleetOf<unknown> & { readonly kind: FleetKey };

/** Hand it no fleet but the same one: it reads the machines of its own kind. */
export const kindOf = ({ kind }: Pick<FleetConfig, "kind">): FleetKind => KINDS[kind];

/** The machines of a fleet that are reached over SSH. */
export function sshHosts(fleet: FleetConfig): readonly SshHostConfig[] {
  const place = kindOf(fleet).place(fleet);
  return place.place === "ssh" ? place.hosts : [];
}

/** What GitLab's records of a fleet's runners say. */
export const recordsOf = (stack: string, fleet: FleetConfig): RunnerRecord[] =>
  runnerRecords(stack, fleet, kindOf(fleet).records);

/**
 * Makes a fleet.
 *
 * @example
 * const fleet = await createFleet({ config, fleet: config.fleets[0], owner });
 */
export const createFleet = (
  args: { readonly config: StackFacts; readonly fleet: FleetConfig; readonly owner: Owner },
  opts?: pulumi.ComponentResourceOptions,
): Promise<Fleet> =>
  kindOf(args.fleet).create(
    args.fleet.name,
    { ...args, records: recordsOf(args.config.stack, args.fleet) },
    opts,
  );
