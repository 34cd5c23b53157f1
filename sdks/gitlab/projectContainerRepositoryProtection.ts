import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link ProjectContainerRepositoryProtection}. */
export interface ProjectContainerRepositoryProtectionArgs {
  /** Least role that deletes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  readonly minimumAccessLevelForDelete?: pulumi.Input<string | undefined>;
  /** Least role that pushes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  readonly minimumAccessLevelForPush?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Repository path, with `*` as wildcard; starts with the project's path. */
  readonly repositoryPathPattern: pulumi.Input<string>;
}

/** What {@link ProjectContainerRepositoryProtection.get} may know of an existing resource. */
export interface ProjectContainerRepositoryProtectionState
  extends Partial<ProjectContainerRepositoryProtectionArgs> {
  /** The rule's number. */
  readonly protectionRuleId?: pulumi.Input<number | undefined>;
}

const definition: ResourceDefinition<
  ProjectContainerRepositoryProtectionArgs,
  ProjectContainerRepositoryProtectionState
> = {
  type: "gitlab:index/projectContainerRepositoryProtection:ProjectContainerRepositoryProtection",
  inputs: {
    minimumAccessLevelForDelete: "optional",
    minimumAccessLevelForPush: "optional",
    project: "required",
    repositoryPathPattern: "required",
  },
  outputs: ["protectionRuleId"],
  secretInputs: [],
  secretOutputs: [],
};

/** A rule that protects repositories of a project's container registry by path pattern. */
export class ProjectContainerRepositoryProtection extends GitlabResource {
  /** Least role that deletes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  declare public readonly minimumAccessLevelForDelete: pulumi.Output<string | undefined>;
  /** Least role that pushes: `MAINTAINER`, `OWNER` or `ADMIN`. */
  declare public readonly minimumAccessLevelForPush: pulumi.Output<string | undefined>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** The rule's number. */
  declare public readonly protectionRuleId: pulumi.Output<number>;
  /** Repository path, with `*` as wildcard; starts with the project's path. */
  declare public readonly repositoryPathPattern: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(
    name: string,
    args: ProjectContainerRepositoryProtectionArgs,
    opts?: pulumi.CustomResourceOptions,
  );
  constructor(
    name: string,
    argsOrState?: ProjectContainerRepositoryProtectionArgs | ProjectContainerRepositoryProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectContainerRepositoryProtectionState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectContainerRepositoryProtection {
    return new ProjectContainerRepositoryProtection(name, state as ProjectContainerRepositoryProtectionArgs, {
      ...opts,
      id,
    });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectContainerRepositoryProtection {
    return GitlabResource.isOfType(value, definition.type);
  }
}
