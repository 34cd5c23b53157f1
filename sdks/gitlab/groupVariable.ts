import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link GroupVariable}. */
export interface GroupVariableArgs {
  /** Free text. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Environments that see the variable; default `*`, all of them. */
  readonly environmentScope?: pulumi.Input<string | undefined>;
  /** Group, by number or full path. */
  readonly group: pulumi.Input<string>;
  /** Whether the value cannot be read again in GitLab; implies `masked`. */
  readonly hidden?: pulumi.Input<boolean | undefined>;
  /** The variable's name. */
  readonly key: pulumi.Input<string>;
  /** Whether job logs show the value as `[MASKED]`. */
  readonly masked?: pulumi.Input<boolean | undefined>;
  /** Whether only pipelines of protected refs get the variable. */
  readonly protected?: pulumi.Input<boolean | undefined>;
  /** Whether `$` in the value stays as it is. */
  readonly raw?: pulumi.Input<boolean | undefined>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  readonly value: pulumi.Input<string>;
  /** `env_var` or `file`. */
  readonly variableType?: pulumi.Input<string | undefined>;
}

/** What {@link GroupVariable.get} may know of an existing resource. */
export type GroupVariableState = Partial<GroupVariableArgs>;

const definition: ResourceDefinition<GroupVariableArgs, GroupVariableState> = {
  type: "gitlab:index/groupVariable:GroupVariable",
  inputs: {
    description: "optional",
    environmentScope: "optional",
    group: "required",
    hidden: "optional",
    key: "required",
    masked: "optional",
    protected: "optional",
    raw: "optional",
    value: "required",
    variableType: "optional",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** A CI/CD variable of a group, inherited by every project below it. */
export class GroupVariable extends GitlabResource {
  /** Free text. */
  declare public readonly description: pulumi.Output<string>;
  /** Environments that see the variable; default `*`, all of them. */
  declare public readonly environmentScope: pulumi.Output<string>;
  /** Group, by number or full path. */
  declare public readonly group: pulumi.Output<string>;
  /** Whether the value cannot be read again in GitLab; implies `masked`. */
  declare public readonly hidden: pulumi.Output<boolean>;
  /** The variable's name. */
  declare public readonly key: pulumi.Output<string>;
  /** Whether job logs show the value as `[MASKED]`. */
  declare public readonly masked: pulumi.Output<boolean>;
  /** Whether only pipelines of protected refs get the variable. */
  declare public readonly protected: pulumi.Output<boolean>;
  /** Whether `$` in the value stays as it is. */
  declare public readonly raw: pulumi.Output<boolean>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  declare public readonly value: pulumi.Output<string>;
  /** `env_var` or `file`. */
  declare public readonly variableType: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: GroupVariableArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: GroupVariableArgs | GroupVariableState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: GroupVariableState,
    opts?: pulumi.CustomResourceOptions,
  ): GroupVariable {
    return new GroupVariable(name, state as GroupVariableArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is GroupVariable {
    return GitlabResource.isOfType(value, definition.type);
  }
}
