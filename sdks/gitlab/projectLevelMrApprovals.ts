import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link ProjectLevelMrApprovals}. */
export interface ProjectLevelMrApprovalsArgs {
  /** Whether a merge request may not change its approvers. */
  readonly disableOverridingApproversPerMergeRequest?: pulumi.Input<boolean | undefined>;
  /** Whether authors may approve their own merge requests. */
  readonly mergeRequestsAuthorApproval?: pulumi.Input<boolean | undefined>;
  /** Whether those who committed may not approve. */
  readonly mergeRequestsDisableCommittersApproval?: pulumi.Input<boolean | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Whether approval asks for the password. Deprecated for `requireReauthenticationToApprove`. */
  readonly requirePasswordToApprove?: pulumi.Input<boolean | undefined>;
  /** Whether approval asks for the credentials again. */
  readonly requireReauthenticationToApprove?: pulumi.Input<boolean | undefined>;
  /** Whether a push withdraws approvals. */
  readonly resetApprovalsOnPush?: pulumi.Input<boolean | undefined>;
  /** Whether a push withdraws only the approvals of owners of changed files. */
  readonly selectiveCodeOwnerRemovals?: pulumi.Input<boolean | undefined>;
}

/** What {@link ProjectLevelMrApprovals.get} may know of an existing resource. */
export type ProjectLevelMrApprovalsState = Partial<ProjectLevelMrApprovalsArgs>;

const definition: ResourceDefinition<ProjectLevelMrApprovalsArgs, ProjectLevelMrApprovalsState> = {
  type: "gitlab:index/projectLevelMrApprovals:ProjectLevelMrApprovals",
  inputs: {
    disableOverridingApproversPerMergeRequest: "optional",
    mergeRequestsAuthorApproval: "optional",
    mergeRequestsDisableCommittersApproval: "optional",
    project: "required",
    requirePasswordToApprove: "optional",
    requireReauthenticationToApprove: "optional",
    resetApprovalsOnPush: "optional",
    selectiveCodeOwnerRemovals: "optional",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** A project's rules for approvals of merge requests. */
export class ProjectLevelMrApprovals extends GitlabResource {
  /** Whether a merge request may not change its approvers. */
  declare public readonly disableOverridingApproversPerMergeRequest: pulumi.Output<boolean>;
  /** Whether authors may approve their own merge requests. */
  declare public readonly mergeRequestsAuthorApproval: pulumi.Output<boolean>;
  /** Whether those who committed may not approve. */
  declare public readonly mergeRequestsDisableCommittersApproval: pulumi.Output<boolean>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Whether approval asks for the password. Deprecated for `requireReauthenticationToApprove`. */
  declare public readonly requirePasswordToApprove: pulumi.Output<boolean>;
  /** Whether approval asks for the credentials again. */
  declare public readonly requireReauthenticationToApprove: pulumi.Output<boolean>;
  /** Whether a push withdraws approvals. */
  declare public readonly resetApprovalsOnPush: pulumi.Output<boolean>;
  /** Whether a push withdraws only the approvals of owners of changed files. */
  declare public readonly selectiveCodeOwnerRemovals: pulumi.Output<boolean>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectLevelMrApprovalsArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectLevelMrApprovalsArgs | ProjectLevelMrApprovalsState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectLevelMrApprovalsState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectLevelMrApprovals {
    return new ProjectLevelMrApprovals(name, state as ProjectLevelMrApprovalsArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectLevelMrApprovals {
    return GitlabResource.isOfType(value, definition.type);
  }
}
