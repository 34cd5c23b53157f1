import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

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
}

/**
 * A rule that protects tags in a project's container registry by regular expression.
 *
 * Either `immutable`, or both minimum access levels.
 */
export class ProjectContainerTagProtection extends GitlabResource {
  /** The rule's number. */
  declare public readonly protectionRuleId: pulumi.Output<number>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectContainerTagProtectionArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/projectContainerTagProtection:ProjectContainerTagProtection",
      required: ["project", "tagNameRegex"] satisfies RequiredKeys<ProjectContainerTagProtectionArgs>[],
      outputs: ["protectionRuleId"],
      secretOutputs: [],
    });
  }
}
