import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

/** Arguments of {@link PipelineScheduleVariable}. */
export interface PipelineScheduleVariableArgs {
  /** The variable's name. */
  readonly key: pulumi.Input<string>;
  /** The schedule's number. */
  readonly pipelineScheduleId: pulumi.Input<number>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  readonly value: pulumi.Input<string>;
  /** `env_var` or `file`. */
  readonly variableType?: pulumi.Input<string | undefined>;
}

/** A variable that a pipeline schedule gives to its pipelines. */
export class PipelineScheduleVariable extends GitlabResource {
  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: PipelineScheduleVariableArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/pipelineScheduleVariable:PipelineScheduleVariable",
      required: [
        "key",
        "pipelineScheduleId",
        "project",
        "value",
      ] satisfies RequiredKeys<PipelineScheduleVariableArgs>[],
      outputs: [],
      secretOutputs: [],
    });
  }
}
