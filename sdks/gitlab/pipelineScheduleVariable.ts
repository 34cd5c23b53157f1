import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

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

/** What {@link PipelineScheduleVariable.get} may know of an existing resource. */
export type PipelineScheduleVariableState = Partial<PipelineScheduleVariableArgs>;

const definition: ResourceDefinition<PipelineScheduleVariableArgs, PipelineScheduleVariableState> = {
  type: "gitlab:index/pipelineScheduleVariable:PipelineScheduleVariable",
  inputs: {
    key: "required",
    pipelineScheduleId: "required",
    project: "required",
    value: "required",
    variableType: "optional",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** A variable that a pipeline schedule gives to its pipelines. */
export class PipelineScheduleVariable extends GitlabResource {
  /** The variable's name. */
  declare public readonly key: pulumi.Output<string>;
  /** The schedule's number. */
  declare public readonly pipelineScheduleId: pulumi.Output<number>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  declare public readonly value: pulumi.Output<string>;
  /** `env_var` or `file`. */
  declare public readonly variableType: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: PipelineScheduleVariableArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: PipelineScheduleVariableArgs | PipelineScheduleVariableState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: PipelineScheduleVariableState,
    opts?: pulumi.CustomResourceOptions,
  ): PipelineScheduleVariable {
    return new PipelineScheduleVariable(name, state as PipelineScheduleVariableArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is PipelineScheduleVariable {
    return GitlabResource.isOfType(value, definition.type);
  }
}
