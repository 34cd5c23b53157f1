import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

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
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Full name of the ref: `refs/heads/main`. */
  readonly ref: pulumi.Input<string>;
  /** Whether the token's user takes the schedule over before changing it. */
  readonly takeOwnership?: pulumi.Input<boolean | undefined>;
}

/** A schedule that starts a project's pipeline. */
export class PipelineSchedule extends GitlabResource {
  /** Number of the user who owns the schedule. */
  declare public readonly owner: pulumi.Output<number>;
  /** The schedule's number. */
  declare public readonly pipelineScheduleId: pulumi.Output<number>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: PipelineScheduleArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/pipelineSchedule:PipelineSchedule",
      required: ["cron", "description", "project", "ref"] satisfies RequiredKeys<PipelineScheduleArgs>[],
      outputs: ["owner", "pipelineScheduleId"],
      secretOutputs: [],
    });
  }
}
