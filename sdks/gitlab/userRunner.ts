import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link UserRunner}. */
export interface UserRunnerArgs {
  /** `not_protected` (any ref) or `ref_protected` (jobs of protected refs only). */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The name under which GitLab lists the runner. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Group of a `group_type` runner, by number. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** Whether the runner stays with its project alone. */
  readonly locked?: pulumi.Input<boolean | undefined>;
  /** Free text for whoever maintains the runner, 1,024 characters at most. */
  readonly maintenanceNote?: pulumi.Input<string | undefined>;
  /** Longest time a job may take, in seconds; 600 at least. */
  readonly maximumTimeout?: pulumi.Input<number | undefined>;
  /** Whether the runner takes no new jobs. */
  readonly paused?: pulumi.Input<boolean | undefined>;
  /** Project of a `project_type` runner, by number. */
  readonly projectId?: pulumi.Input<number | undefined>;
  /** `instance_type`, `group_type` or `project_type`. */
  readonly runnerType: pulumi.Input<string>;
  /** Tags a job must name for the runner to take it. */
  readonly tagLists?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Whether the runner takes jobs without tags. */
  readonly untagged?: pulumi.Input<boolean | undefined>;
}

/** What {@link UserRunner.get} may know of an existing resource. */
export interface UserRunnerState extends Partial<UserRunnerArgs> {
  /** Authentication token, `glrt-…`. Secret. */
  readonly token?: pulumi.Input<string | undefined>;
}

const definition: ResourceDefinition<UserRunnerArgs, UserRunnerState> = {
  type: "gitlab:index/userRunner:UserRunner",
  inputs: {
    accessLevel: "optional",
    description: "optional",
    groupId: "optional",
    locked: "optional",
    maintenanceNote: "optional",
    maximumTimeout: "optional",
    paused: "optional",
    projectId: "optional",
    runnerType: "required",
    tagLists: "optional",
    untagged: "optional",
  },
  outputs: ["token"],
  secretInputs: [],
  secretOutputs: ["token"],
};

/**
 * A runner record in GitLab and the authentication token that goes with it.
 *
 * The token is given once, at creation: an imported runner has none.
 */
export class UserRunner extends GitlabResource {
  /** `not_protected` (any ref) or `ref_protected` (jobs of protected refs only). */
  declare public readonly accessLevel: pulumi.Output<string>;
  /** The name under which GitLab lists the runner. */
  declare public readonly description: pulumi.Output<string>;
  /** Group of a `group_type` runner, by number. */
  declare public readonly groupId: pulumi.Output<number | undefined>;
  /** Whether the runner stays with its project alone. */
  declare public readonly locked: pulumi.Output<boolean>;
  /** Free text for whoever maintains the runner, 1,024 characters at most. */
  declare public readonly maintenanceNote: pulumi.Output<string>;
  /** Longest time a job may take, in seconds; 600 at least. */
  declare public readonly maximumTimeout: pulumi.Output<number>;
  /** Whether the runner takes no new jobs. */
  declare public readonly paused: pulumi.Output<boolean>;
  /** Project of a `project_type` runner, by number. */
  declare public readonly projectId: pulumi.Output<number | undefined>;
  /** `instance_type`, `group_type` or `project_type`. */
  declare public readonly runnerType: pulumi.Output<string>;
  /** Tags a job must name for the runner to take it. */
  declare public readonly tagLists: pulumi.Output<string[]>;
  /** Authentication token, `glrt-…`. Secret. */
  declare public readonly token: pulumi.Output<string>;
  /** Whether the runner takes jobs without tags. */
  declare public readonly untagged: pulumi.Output<boolean>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: UserRunnerArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: UserRunnerArgs | UserRunnerState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: UserRunnerState,
    opts?: pulumi.CustomResourceOptions,
  ): UserRunner {
    return new UserRunner(name, state as UserRunnerArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is UserRunner {
    return GitlabResource.isOfType(value, definition.type);
  }
}
