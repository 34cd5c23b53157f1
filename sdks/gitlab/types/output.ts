/** A commit. */
export interface BranchCommit {
  /** Author's address. */
  readonly authorEmail?: string;
  /** Author's name. */
  readonly authorName?: string;
  /** Time of writing, ISO 8601. */
  readonly authoredDate?: string;
  /** Time of the commit, ISO 8601. */
  readonly committedDate?: string;
  /** Committer's address. */
  readonly committerEmail?: string;
  /** Committer's name. */
  readonly committerName?: string;
  /** SHA of the commit. */
  readonly id?: string;
  /** Commit message. */
  readonly message?: string;
  /** SHAs of the parents. */
  readonly parentIds?: string[];
  /** First characters of the SHA. */
  readonly shortId?: string;
  /** First line of the message. */
  readonly title?: string;
}

/** A user, group or role that may merge. */
export interface BranchProtectionAllowedToMerge {
  /** Role that is allowed. */
  readonly accessLevel?: string;
  /** The level in words. */
  readonly accessLevelDescription?: string;
  /** Number of the group. */
  readonly groupId?: number;
  /** Number of the user. */
  readonly userId?: number;
}

/** A user, group, deploy key or role that may push. */
export interface BranchProtectionAllowedToPush {
  /** Role that is allowed. */
  readonly accessLevel?: string;
  /** The level in words. */
  readonly accessLevelDescription?: string;
  /** Number of the deploy key. */
  readonly deployKeyId?: number;
  /** Number of the group. */
  readonly groupId?: number;
  /** Number of the user. */
  readonly userId?: number;
}

/** A user, group or role that may lift the protection. */
export interface BranchProtectionAllowedToUnprotect {
  /** Role that is allowed. */
  readonly accessLevel?: string;
  /** The level in words. */
  readonly accessLevelDescription?: string;
  /** Number of the group. */
  readonly groupId?: number;
  /** Number of the user. */
  readonly userId?: number;
}

/** When a token renews itself. */
export interface GroupAccessTokenRotationConfiguration {
  /** Life of a new token, in days. */
  readonly expirationDays: number;
  /** Days before its end at which a token is renewed. */
  readonly rotateBeforeDays: number;
}

/** An input of a scheduled pipeline. */
export interface PipelineScheduleInput {
  /** The input's name. */
  readonly name: string;
  /** The input's value. */
  readonly value: string;
}

/** When a token renews itself. */
export interface ProjectAccessTokenRotationConfiguration {
  /** Life of a new token, in days. */
  readonly expirationDays: number;
  /** Days before its end at which a token is renewed. */
  readonly rotateBeforeDays: number;
}

/** How long the rule may take to come into being. */
export interface ProjectContainerTagProtectionTimeouts {
  /** Duration such as `5m`. */
  readonly create?: string;
}

/** A header that goes with every event. */
export interface ProjectHookCustomHeader {
  /** The header's name. */
  readonly key: string;
  /** The header's value. Secret. */
  readonly value: string;
}

/** A part of the webhook's address that is kept out of sight. */
export interface ProjectHookUrlVariable {
  /** Placeholder in the address. */
  readonly key: string;
  /** The value. Secret. */
  readonly value: string;
}

/** Who must approve, and how often. */
export interface ProjectProtectedEnvironmentApprovalRule {
  /** Role that approves. */
  readonly accessLevel?: string;
  /** The level in words. */
  readonly accessLevelDescription?: string;
  /** Number of the group. */
  readonly groupId?: number;
  /** 0: direct members of the group; 1: inherited ones too. */
  readonly groupInheritanceType?: number;
  /** Number. */
  readonly id?: number;
  /** How many approvals it takes. */
  readonly requiredApprovals?: number;
  /** Number of the user. */
  readonly userId?: number;
}

/** A user, group or role that may deploy. */
export interface ProjectProtectedEnvironmentDeployAccessLevelsAttribute {
  /** Role that deploys. */
  readonly accessLevel?: string;
  /** The level in words. */
  readonly accessLevelDescription?: string;
  /** Number of the group. */
  readonly groupId?: number;
  /** 0: direct members of the group; 1: inherited ones too. */
  readonly groupInheritanceType?: number;
  /** Number. */
  readonly id?: number;
  /** Number of the user. */
  readonly userId?: number;
}

/** A user, group, deploy key or role that may create tags. */
export interface TagProtectionAllowedToCreate {
  /** Role that is allowed. */
  readonly accessLevel?: string;
  /** The level in words. */
  readonly accessLevelDescription?: string;
  /** Number of the deploy key. */
  readonly deployKeyId?: number;
  /** Number of the group. */
  readonly groupId?: number;
  /** Number of the user. */
  readonly userId?: number;
}
