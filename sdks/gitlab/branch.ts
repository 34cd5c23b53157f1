import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link Branch}. */
export interface BranchArgs {
  /** Whether the branch stays when the resource goes. */
  readonly keepOnDestroy?: pulumi.Input<boolean | undefined>;
  /** Branch name. */
  readonly name?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Branch or commit to start from. */
  readonly ref: pulumi.Input<string>;
}

/** What {@link Branch.get} may know of an existing resource. */
export interface BranchState extends Partial<BranchArgs> {
  /** Whether the token's user may push. */
  readonly canPush?: pulumi.Input<boolean | undefined>;
  /** The branch's latest commit. */
  readonly commits?: pulumi.Input<pulumi.Input<inputs.BranchCommit>[] | undefined>;
  /** Whether it is the project's default branch. */
  readonly default?: pulumi.Input<boolean | undefined>;
  /** Whether developers may merge. */
  readonly developerCanMerge?: pulumi.Input<boolean | undefined>;
  /** Whether developers may push. */
  readonly developerCanPush?: pulumi.Input<boolean | undefined>;
  /** Whether the branch is merged into the default branch. */
  readonly merged?: pulumi.Input<boolean | undefined>;
  /** Whether the branch is protected. */
  readonly protected?: pulumi.Input<boolean | undefined>;
  /** Address in the browser. */
  readonly webUrl?: pulumi.Input<string | undefined>;
}

const definition: ResourceDefinition<BranchArgs, BranchState> = {
  type: "gitlab:index/branch:Branch",
  inputs: {
    keepOnDestroy: "optional",
    name: "optional",
    project: "required",
    ref: "required",
  },
  outputs: [
    "canPush",
    "commits",
    "default",
    "developerCanMerge",
    "developerCanPush",
    "merged",
    "protected",
    "webUrl",
  ],
  secretInputs: [],
  secretOutputs: [],
};

/** A branch of a project's repository. */
export class Branch extends GitlabResource {
  /** Whether the token's user may push. */
  declare public readonly canPush: pulumi.Output<boolean>;
  /** The branch's latest commit. */
  declare public readonly commits: pulumi.Output<outputs.BranchCommit[]>;
  /** Whether it is the project's default branch. */
  declare public readonly default: pulumi.Output<boolean>;
  /** Whether developers may merge. */
  declare public readonly developerCanMerge: pulumi.Output<boolean>;
  /** Whether developers may push. */
  declare public readonly developerCanPush: pulumi.Output<boolean>;
  /** Whether the branch stays when the resource goes. */
  declare public readonly keepOnDestroy: pulumi.Output<boolean>;
  /** Whether the branch is merged into the default branch. */
  declare public readonly merged: pulumi.Output<boolean>;
  /** Branch name. */
  declare public readonly name: pulumi.Output<string>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Whether the branch is protected. */
  declare public readonly protected: pulumi.Output<boolean>;
  /** Branch or commit to start from. */
  declare public readonly ref: pulumi.Output<string>;
  /** Address in the browser. */
  declare public readonly webUrl: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: BranchArgs, opts?: pulumi.CustomResourceOptions);
  constructor(name: string, argsOrState?: BranchArgs | BranchState, opts?: pulumi.CustomResourceOptions) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: BranchState,
    opts?: pulumi.CustomResourceOptions,
  ): Branch {
    return new Branch(name, state as BranchArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is Branch {
    return GitlabResource.isOfType(value, definition.type);
  }
}
