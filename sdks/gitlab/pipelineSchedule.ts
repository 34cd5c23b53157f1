import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link PipelineSchedule}. */
export interface PipelineScheduleArgs {
  /** Whether the schedule runs. */
  readonly active?: pulumi.Input<boolean | undefined>;
  /** Five cron fields: `0 3 * * 1`. */
  readonly cron: pulumi.Input<string>;
  /** Time zone of the cron fields; default `UTC`. */
  readonly cronTimezone?: pulumi.Input<string | undefined>;
  /** Free text. */
  readonly description: pulumi.Input<string>;
  /** Inputs of the pipeline, 20 at most. */
  readonly inputs?: pulumi.Input<pulumi.Input<inputs.PipelineScheduleInput>[] | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Full name of the ref: `refs/heads/main`. */
  readonly ref: pulumi.Input<string>;
  /** Whether the token's user takes the schedule over before changing it. */
  readonly takeOwnership?: pulumi.Input<boolean | undefined>;
}

/** What {@link PipelineSchedule.get} may know of an existing resource. */
export interface PipelineScheduleState extends Partial<PipelineScheduleArgs> {
  /** Number of the user who owns the schedule. */
  readonly owner?: pulumi.Input<number | undefined>;
  /** The schedule's number. */
  readonly pipelineScheduleId?: pulumi.Input<number | undefined>;
}

const definition: ResourceDefinition<PipelineScheduleArgs, PipelineScheduleState> = {
  type: "gitlab:index/pipelineSchedule:PipelineSchedule",
  inputs: {
    active: "optional",
    cron: "required",
    cronTimezone: "optional",
    description: "required",
    inputs: "optional",
    project: "required",
    ref: "required",
    takeOwnership: "optional",
  },
  outputs: ["owner", "pipelineScheduleId"],
  secretInputs: [],
  secretOutputs: [],
};

/** A schedule that starts a project's pipeline. */
export class PipelineSchedule extends GitlabResource {
  /** Whether the schedule runs. */
  declare public readonly active: pulumi.Output<boolean>;
  /** Five cron fields: `0 3 * * 1`. */
  declare public readonly cron: pulumi.Output<string>;
  /** Time zone of the cron fields; default `UTC`. */
  declare public readonly cronTimezone: pulumi.Output<string>;
  /** Free text. */
  declare public readonly description: pulumi.Output<string>;
  /** Inputs of the pipeline, 20 at most. */
  declare public readonly inputs: pulumi.Output<outputs.PipelineScheduleInput[] | undefined>;
  /** Number of the user who owns the schedule. */
  declare public readonly owner: pulumi.Output<number>;
  /** The schedule's number. */
  declare public readonly pipelineScheduleId: pulumi.Output<number>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Full name of the ref: `refs/heads/main`. */
  declare public readonly ref: pulumi.Output<string>;
  /** Whether the token's user takes the schedule over before changing it. */
  declare public readonly takeOwnership: pulumi.Output<boolean>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: PipelineScheduleArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: PipelineScheduleArgs | PipelineScheduleState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: PipelineScheduleState,
    opts?: pulumi.CustomResourceOptions,
  ): PipelineSchedule {
    return new PipelineSchedule(name, state as PipelineScheduleArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is PipelineSchedule {
    return GitlabResource.isOfType(value, definition.type);
  }
}
