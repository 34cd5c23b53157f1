import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link BranchProtection}. */
export interface BranchProtectionArgs {
  /** Whether those who may push may also force-push. */
  readonly allowForcePush?: pulumi.Input<boolean | undefined>;
  /** Who else may merge (Premium). */
  readonly allowedToMerges?: pulumi.Input<pulumi.Input<inputs.BranchProtectionAllowedToMerge>[] | undefined>;
  /** Who else may push (Premium). */
  readonly allowedToPushes?: pulumi.Input<pulumi.Input<inputs.BranchProtectionAllowedToPush>[] | undefined>;
  /** Who else may lift the protection (Premium). */
  readonly allowedToUnprotects?: pulumi.Input<
    pulumi.Input<inputs.BranchProtectionAllowedToUnprotect>[] | undefined
  >;
  /** Branch name, or a wildcard such as `release/*`. */
  readonly branch: pulumi.Input<string>;
  /** Whether code owners must approve (Premium). */
  readonly codeOwnerApprovalRequired?: pulumi.Input<boolean | undefined>;
  /** Who may merge: `no one`, `developer`, `maintainer`, `admin`. */
  readonly mergeAccessLevel?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Who may push: `no one`, `developer`, `maintainer`, `admin`. */
  readonly pushAccessLevel?: pulumi.Input<string | undefined>;
}

/** What {@link BranchProtection.get} may know of an existing resource. */
export interface BranchProtectionState extends Partial<BranchProtectionArgs> {
  /** The rule's number. */
  readonly branchProtectionId?: pulumi.Input<number | undefined>;
}

const definition: ResourceDefinition<BranchProtectionArgs, BranchProtectionState> = {
  type: "gitlab:index/branchProtection:BranchProtection",
  inputs: {
    allowForcePush: "optional",
    allowedToMerges: "optional",
    allowedToPushes: "optional",
    allowedToUnprotects: "optional",
    branch: "required",
    codeOwnerApprovalRequired: "optional",
    mergeAccessLevel: "optional",
    project: "required",
    pushAccessLevel: "optional",
  },
  outputs: ["branchProtectionId"],
  secretInputs: [],
  secretOutputs: [],
};

/**
 * The protection of a branch, or of every branch that a wildcard matches.
 *
 * An existing protection of the same name is taken over.
 */
export class BranchProtection extends GitlabResource {
  /** Whether those who may push may also force-push. */
  declare public readonly allowForcePush: pulumi.Output<boolean>;
  /** Who else may merge (Premium). */
  declare public readonly allowedToMerges: pulumi.Output<outputs.BranchProtectionAllowedToMerge[]>;
  /** Who else may push (Premium). */
  declare public readonly allowedToPushes: pulumi.Output<outputs.BranchProtectionAllowedToPush[]>;
  /** Who else may lift the protection (Premium). */
  declare public readonly allowedToUnprotects: pulumi.Output<outputs.BranchProtectionAllowedToUnprotect[]>;
  /** Branch name, or a wildcard such as `release/*`. */
  declare public readonly branch: pulumi.Output<string>;
  /** The rule's number. */
  declare public readonly branchProtectionId: pulumi.Output<number>;
  /** Whether code owners must approve (Premium). */
  declare public readonly codeOwnerApprovalRequired: pulumi.Output<boolean>;
  /** Who may merge: `no one`, `developer`, `maintainer`, `admin`. */
  declare public readonly mergeAccessLevel: pulumi.Output<string>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Who may push: `no one`, `developer`, `maintainer`, `admin`. */
  declare public readonly pushAccessLevel: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: BranchProtectionArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: BranchProtectionArgs | BranchProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: BranchProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ): BranchProtection {
    return new BranchProtection(name, state as BranchProtectionArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is BranchProtection {
    return GitlabResource.isOfType(value, definition.type);
  }
}
