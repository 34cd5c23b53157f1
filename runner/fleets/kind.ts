/** What a kind of fleet is: everything of a fleet that depends on what its machines are. */
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { AutoscalerSettings, HostSettings, TrustLevel } from "../host/settings.ts";
import type { Owner } from "../owner.ts";
import type { RecordClasses, RunnerRecord } from "../records.ts";
import type { Runner } from "../user-runners.ts";
import type { FleetCommon } from "./common.ts";
import type { SshHostConfig } from "./ssh/schema.ts";

/** What a fleet knows of the stack that it belongs to. */
export interface StackFacts {
  readonly stack: string;
  /** GitLab's address without the API path. */
  readonly gitlabUrl: string;
}

/** A fleet with its machines, as its kind reads them. */
export type FleetOf<Machines> = FleetCommon & { readonly machines: Machines };

/** Something that must not be, at a path below the fleet. */
export interface FleetProblem {
  readonly path: readonly string[];
  /** What is allowed there. */
  readonly message: string;
}

/** What one machine, or each machine of a group, is set up by. */
export interface MachineSettings {
  /** Of the directory that shows its files: `linux-1`. */
  readonly name: string;
  readonly settings: HostSettings;
}

/** An image that can be baked for machines of a fleet. */
export interface BakeImage {
  /** Of machines that have one level; without it those with all of the fleet's. */
  readonly level?: TrustLevel;
  readonly settings: HostSettings;
}

/** How many machines a group has that a runner manager scales. */
export type OnDemand = Pick<
  AutoscalerSettings,
  "maxInstances" | "capacityPerInstance" | "maxUseCount" | "idle"
>;

/**
 * Where the machines are. It decides what doctor asks about them, what pages say of them, and what the end of the stack
 * means for them.
 */
export type Place =
  | { readonly place: "ssh"; readonly hosts: readonly SshHostConfig[] }
  | {
      readonly place: "google";
      readonly region: string;
      readonly image: string;
      /** Repository of Artifact Registry that the fleet's jobs may push to. */
      readonly repository: string | undefined;
      readonly onDemand?: OnDemand;
    };

/** What becomes of a value of the configuration in a new stack. */
export type Treatment =
  /** A person fills it in; the words say what belongs there, with the stack's name as NAME. */
  | { readonly ask: string }
  /** It was about one stack's own past. */
  | { readonly drop: true }
  | { readonly set: boolean }
  /** Tags of runners: with the stack's name at their end, so that no other stack's runner takes a job. */
  | { readonly suffix: true };

/** What a fleet is made from. */
export interface FleetArgs<Machines = unknown> {
  readonly config: StackFacts;
  readonly fleet: FleetOf<Machines>;
  readonly owner: Owner;
  /** Runner records that the fleet needs. */
  readonly records: readonly RunnerRecord[];
}

/** A fleet, as the rest of the program sees it. Whatever depends on it waits for its machines and its runners. */
export interface Fleet extends pulumi.ComponentResource {
  readonly runners: readonly Runner[];
  /** Commands that show its machines, by address, region or zone: they become an output of the stack. */
  readonly commands: Readonly<Record<string, pulumi.Output<unknown>>>;
}

/**
 * A kind of fleet. Whatever is not there does not compile in kinds.ts, and nothing else in the program asks which kind
 * a fleet is.
 *
 * Loading it must cost next to nothing: every stack loads every kind, and a provider's package only where it has such a
 * fleet, by the import in {@link FleetKind.create}.
 */
export interface FleetKind<Machines = unknown> {
  /** Title of its keys in the reference. */
  readonly title: string;
  /** Of the value under its key in a stack file. */
  readonly schema: z.ZodType<Machines>;
  /** Classes of jobs, by the runner record that takes them. */
  readonly records: RecordClasses;
  /** What two stacks cannot both have: by what follows its key, as in `[].address`. */
  readonly perStack: Readonly<Record<string, Treatment>>;
  /**
   * What does not fit with the rest of the fleet.
   *
   * @param key under which the machines stand.
   */
  problems(fleet: FleetOf<Machines>, key: string): readonly FleetProblem[];
  place(fleet: FleetOf<Machines>): Place;
  machines(config: StackFacts, fleet: FleetOf<Machines>): readonly MachineSettings[];
  /** None where machines are not made from images. */
  images(config: StackFacts, fleet: FleetOf<Machines>): readonly BakeImage[];
  create(name: string, args: FleetArgs<Machines>, opts?: pulumi.ComponentResourceOptions): Promise<Fleet>;
}
