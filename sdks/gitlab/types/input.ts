import type * as pulumi from "@pulumi/pulumi";

/** A commit. */
export interface BranchCommit {
  /** Author's address. */
  readonly authorEmail?: pulumi.Input<string | undefined>;
  /** Author's name. */
  readonly authorName?: pulumi.Input<string | undefined>;
  /** Time of writing, ISO 8601. */
  readonly authoredDate?: pulumi.Input<string | undefined>;
  /** Time of the commit, ISO 8601. */
  readonly committedDate?: pulumi.Input<string | undefined>;
  /** Committer's address. */
  readonly committerEmail?: pulumi.Input<string | undefined>;
  /** Committer's name. */
  readonly committerName?: pulumi.Input<string | undefined>;
  /** SHA of the commit. */
  readonly id?: pulumi.Input<string | undefined>;
  /** Commit message. */
  readonly message?: pulumi.Input<string | undefined>;
  /** SHAs of the parents. */
  readonly parentIds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** First characters of the SHA. */
  readonly shortId?: pulumi.Input<string | undefined>;
  /** First line of the message. */
  readonly title?: pulumi.Input<string | undefined>;
}

/** A user, group or role that may merge. */
export interface BranchProtectionAllowedToMerge {
  /** Role that is allowed. */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The level in words. */
  readonly accessLevelDescription?: pulumi.Input<string | undefined>;
  /** Number of the group. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}

/** A user, group, deploy key or role that may push. */
export interface BranchProtectionAllowedToPush {
  /** Role that is allowed. */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The level in words. */
  readonly accessLevelDescription?: pulumi.Input<string | undefined>;
  /** Number of the deploy key. */
  readonly deployKeyId?: pulumi.Input<number | undefined>;
  /** Number of the group. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}

/** A user, group or role that may lift the protection. */
export interface BranchProtectionAllowedToUnprotect {
  /** Role that is allowed. */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The level in words. */
  readonly accessLevelDescription?: pulumi.Input<string | undefined>;
  /** Number of the group. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}

/** When a token renews itself. */
export interface GroupAccessTokenRotationConfiguration {
  /** Life of a new token, in days. */
  readonly expirationDays: pulumi.Input<number>;
  /** Days before its end at which a token is renewed. */
  readonly rotateBeforeDays: pulumi.Input<number>;
}

/** An input of a scheduled pipeline. */
export interface PipelineScheduleInput {
  /** The input's name. */
  readonly name: pulumi.Input<string>;
  /** The input's value. */
  readonly value: pulumi.Input<string>;
}

/** When a token renews itself. */
export interface ProjectAccessTokenRotationConfiguration {
  /** Life of a new token, in days. */
  readonly expirationDays: pulumi.Input<number>;
  /** Days before its end at which a token is renewed. */
  readonly rotateBeforeDays: pulumi.Input<number>;
}

/** How long the rule may take to come into being. */
export interface ProjectContainerTagProtectionTimeouts {
  /** Duration such as `5m`. */
  readonly create?: pulumi.Input<string | undefined>;
}

/** A header that goes with every event. */
export interface ProjectHookCustomHeader {
  /** The header's name. */
  readonly key: pulumi.Input<string>;
  /** The header's value. Secret. */
  readonly value: pulumi.Input<string>;
}

/** A part of the webhook's address that is kept out of sight. */
export interface ProjectHookUrlVariable {
  /** Placeholder in the address. */
  readonly key: pulumi.Input<string>;
  /** The value. Secret. */
  readonly value: pulumi.Input<string>;
}

/** Who must approve, and how often. */
export interface ProjectProtectedEnvironmentApprovalRule {
  /** Role that approves. */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The level in words. */
  readonly accessLevelDescription?: pulumi.Input<string | undefined>;
  /** Number of the group. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** 0: direct members of the group; 1: inherited ones too. */
  readonly groupInheritanceType?: pulumi.Input<number | undefined>;
  /** Number. */
  readonly id?: pulumi.Input<number | undefined>;
  /** How many approvals it takes. */
  readonly requiredApprovals?: pulumi.Input<number | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}

/** A user, group or role that may deploy. */
export interface ProjectProtectedEnvironmentDeployAccessLevelsAttribute {
  /** Role that deploys. */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The level in words. */
  readonly accessLevelDescription?: pulumi.Input<string | undefined>;
  /** Number of the group. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** 0: direct members of the group; 1: inherited ones too. */
  readonly groupInheritanceType?: pulumi.Input<number | undefined>;
  /** Number. */
  readonly id?: pulumi.Input<number | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}

/** A user, group, deploy key or role that may create tags. */
export interface TagProtectionAllowedToCreate {
  /** Role that is allowed. */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** The level in words. */
  readonly accessLevelDescription?: pulumi.Input<string | undefined>;
  /** Number of the deploy key. */
  readonly deployKeyId?: pulumi.Input<number | undefined>;
  /** Number of the group. */
  readonly groupId?: pulumi.Input<number | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}
