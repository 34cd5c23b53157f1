import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

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

/**
 * A runner record in GitLab and the authentication token that goes with it.
 *
 * The token is given once, at creation: an imported runner has none.
 */
export class UserRunner extends GitlabResource {
  /** Authentication token, `glrt-…`. Secret. */
  declare public readonly token: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: UserRunnerArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/userRunner:UserRunner",
      required: ["runnerType"] satisfies RequiredKeys<UserRunnerArgs>[],
      outputs: ["token"],
      secretOutputs: ["token"],
    });
  }
}
