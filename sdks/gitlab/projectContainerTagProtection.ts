import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link ProjectContainerTagProtection}. */
export interface ProjectContainerTagProtectionArgs {
  /** Whether a matching tag, once pushed, can be neither moved nor deleted. */
  readonly immutable?: pulumi.Input<boolean | undefined>;
  /** Least role that deletes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  readonly minimumAccessLevelForDelete?: pulumi.Input<string | undefined>;
  /** Least role that pushes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  readonly minimumAccessLevelForPush?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Regular expression for tag names. */
  readonly tagNameRegex: pulumi.Input<string>;
  /** How long creation may take. */
  readonly timeouts?: pulumi.Input<inputs.ProjectContainerTagProtectionTimeouts | undefined>;
}

/** What {@link ProjectContainerTagProtection.get} may know of an existing resource. */
export interface ProjectContainerTagProtectionState extends Partial<ProjectContainerTagProtectionArgs> {
  /** The rule's number. */
  readonly protectionRuleId?: pulumi.Input<number | undefined>;
}

const definition: ResourceDefinition<ProjectContainerTagProtectionArgs, ProjectContainerTagProtectionState> =
  {
    type: "gitlab:index/projectContainerTagProtection:ProjectContainerTagProtection",
    inputs: {
      immutable: "optional",
      minimumAccessLevelForDelete: "optional",
      minimumAccessLevelForPush: "optional",
      project: "required",
      tagNameRegex: "required",
      timeouts: "optional",
    },
    outputs: ["protectionRuleId"],
    secretInputs: [],
    secretOutputs: [],
  };

/**
 * A rule that protects tags in a project's container registry by regular expression.
 *
 * Either `immutable`, or both minimum access levels.
 */
export class ProjectContainerTagProtection extends GitlabResource {
  /** Whether a matching tag, once pushed, can be neither moved nor deleted. */
  declare public readonly immutable: pulumi.Output<boolean>;
  /** Least role that deletes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  declare public readonly minimumAccessLevelForDelete: pulumi.Output<string>;
  /** Least role that pushes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  declare public readonly minimumAccessLevelForPush: pulumi.Output<string>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** The rule's number. */
  declare public readonly protectionRuleId: pulumi.Output<number>;
  /** Regular expression for tag names. */
  declare public readonly tagNameRegex: pulumi.Output<string>;
  /** How long creation may take. */
  declare public readonly timeouts: pulumi.Output<outputs.ProjectContainerTagProtectionTimeouts | undefined>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectContainerTagProtectionArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectContainerTagProtectionArgs | ProjectContainerTagProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectContainerTagProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectContainerTagProtection {
    return new ProjectContainerTagProtection(name, state as ProjectContainerTagProtectionArgs, {
      ...opts,
      id,
    });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectContainerTagProtection {
    return GitlabResource.isOfType(value, definition.type);
  }
}
