import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link ProjectVariable}. */
export interface ProjectVariableArgs {
  /** Free text. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Environments that see the variable; default `*`, all of them. */
  readonly environmentScope?: pulumi.Input<string | undefined>;
  /** Whether the value cannot be read again in GitLab; implies `masked`. */
  readonly hidden?: pulumi.Input<boolean | undefined>;
  /** The variable's name. */
  readonly key: pulumi.Input<string>;
  /** Whether job logs show the value as `[MASKED]`. */
  readonly masked?: pulumi.Input<boolean | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Whether only pipelines of protected refs get the variable. */
  readonly protected?: pulumi.Input<boolean | undefined>;
  /** Whether `$` in the value stays as it is. */
  readonly raw?: pulumi.Input<boolean | undefined>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  readonly value: pulumi.Input<string>;
  /** `env_var` or `file`. */
  readonly variableType?: pulumi.Input<string | undefined>;
}

/** What {@link ProjectVariable.get} may know of an existing resource. */
export type ProjectVariableState = Partial<ProjectVariableArgs>;

const definition: ResourceDefinition<ProjectVariableArgs, ProjectVariableState> = {
  type: "gitlab:index/projectVariable:ProjectVariable",
  inputs: {
    description: "optional",
    environmentScope: "optional",
    hidden: "optional",
    key: "required",
    masked: "optional",
    project: "required",
    protected: "optional",
    raw: "optional",
    value: "required",
    variableType: "optional",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/**
 * A CI/CD variable of a project.
 *
 * GitLab refuses a masked value that is shorter than eight characters, spans lines or holds characters its
 * job log cannot mask.
 */
export class ProjectVariable extends GitlabResource {
  /** Free text. */
  declare public readonly description: pulumi.Output<string>;
  /** Environments that see the variable; default `*`, all of them. */
  declare public readonly environmentScope: pulumi.Output<string>;
  /** Whether the value cannot be read again in GitLab; implies `masked`. */
  declare public readonly hidden: pulumi.Output<boolean>;
  /** The variable's name. */
  declare public readonly key: pulumi.Output<string>;
  /** Whether job logs show the value as `[MASKED]`. */
  declare public readonly masked: pulumi.Output<boolean>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Whether only pipelines of protected refs get the variable. */
  declare public readonly protected: pulumi.Output<boolean>;
  /** Whether `$` in the value stays as it is. */
  declare public readonly raw: pulumi.Output<boolean>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  declare public readonly value: pulumi.Output<string>;
  /** `env_var` or `file`. */
  declare public readonly variableType: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectVariableArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectVariableArgs | ProjectVariableState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectVariableState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectVariable {
    return new ProjectVariable(name, state as ProjectVariableArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectVariable {
    return GitlabResource.isOfType(value, definition.type);
  }
}
