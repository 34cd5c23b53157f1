import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link TagProtection}. */
export interface TagProtectionArgs {
  /** Who else may create matching tags (Premium). */
  readonly allowedToCreates?: pulumi.Input<pulumi.Input<inputs.TagProtectionAllowedToCreate>[] | undefined>;
  /** Who may create matching tags: `no one`, `developer`, `maintainer`, `admin`. */
  readonly createAccessLevel?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Tag name, or a wildcard such as `v*`. */
  readonly tag: pulumi.Input<string>;
}

/** What {@link TagProtection.get} may know of an existing resource. */
export type TagProtectionState = Partial<TagProtectionArgs>;

const definition: ResourceDefinition<TagProtectionArgs, TagProtectionState> = {
  type: "gitlab:index/tagProtection:TagProtection",
  inputs: {
    allowedToCreates: "optional",
    createAccessLevel: "optional",
    project: "required",
    tag: "required",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** The protection of a tag, or of every tag that a wildcard matches. */
export class TagProtection extends GitlabResource {
  /** Who else may create matching tags (Premium). */
  declare public readonly allowedToCreates: pulumi.Output<outputs.TagProtectionAllowedToCreate[] | undefined>;
  /** Who may create matching tags: `no one`, `developer`, `maintainer`, `admin`. */
  declare public readonly createAccessLevel: pulumi.Output<string>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Tag name, or a wildcard such as `v*`. */
  declare public readonly tag: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: TagProtectionArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: TagProtectionArgs | TagProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: TagProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ): TagProtection {
    return new TagProtection(name, state as TagProtectionArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is TagProtection {
    return GitlabResource.isOfType(value, definition.type);
  }
}
