/** Part of a result: group default branch protection default. */
export interface GetGroupDefaultBranchProtectionDefault {
  readonly allowForcePush: boolean;
  readonly allowedToMerges: GetGroupDefaultBranchProtectionDefaultAllowedToMerge[];
  readonly allowedToPushes: GetGroupDefaultBranchProtectionDefaultAllowedToPush[];
  readonly codeOwnerApprovalRequired: boolean;
  readonly developerCanInitialPush: boolean;
}

/** Part of a result: group push rule. */
export interface GetGroupPushRule {
  readonly authorEmailRegex: string;
  readonly branchNameRegex: string;
  readonly commitCommitterCheck: boolean;
  readonly commitCommitterNameCheck: boolean;
  readonly commitMessageNegativeRegex: string;
  readonly commitMessageRegex: string;
  readonly denyDeleteTag: boolean;
  readonly fileNameRegex: string;
  readonly maxFileSize: number;
  readonly memberCheck: boolean;
  readonly preventSecrets: boolean;
  readonly rejectNonDcoCommits: boolean;
  readonly rejectUnsignedCommits: boolean;
}

/** Part of a result: group shared with group. */
export interface GetGroupSharedWithGroup {
  readonly expiresAt: string;
  readonly groupAccessLevel: number;
  readonly groupFullPath: string;
  readonly groupId: number;
  readonly groupName: string;
}

/** Part of a result: project container expiration policy. */
export interface GetProjectContainerExpirationPolicy {
  readonly cadence: string;
  readonly enabled: boolean;
  readonly keepN: number;
  readonly nameRegexDelete: string;
  readonly nameRegexKeep: string;
  readonly nextRunAt: string;
  readonly olderThan: string;
}

/** Part of a result: project forked from project. */
export interface GetProjectForkedFromProject {
  readonly httpUrlToRepo: string;
  readonly id: number;
  readonly name: string;
  readonly nameWithNamespace: string;
  readonly path: string;
  readonly pathWithNamespace: string;
  readonly webUrl: string;
}

/** Part of a result: project license. */
export interface GetProjectLicense {
  readonly htmlUrl: string;
  readonly key: string;
  readonly name: string;
  readonly nickname: string;
  readonly sourceUrl: string;
}

/** Part of a result: project namespace. */
export interface GetProjectNamespace {
  readonly fullPath: string;
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly path: string;
}

/** Part of a result: project owner. */
export interface GetProjectOwner {
  readonly avatarUrl: string;
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly username: string;
  readonly websiteUrl: string;
}

/** Part of a result: project permission. */
export interface GetProjectPermission {
  readonly groupAccess: { [key: string]: number };
  readonly projectAccess: { [key: string]: number };
}

/** Part of a result: project push rule. */
export interface GetProjectPushRule {
  readonly authorEmailRegex: string;
  readonly branchNameRegex: string;
  readonly commitCommitterCheck: boolean;
  readonly commitCommitterNameCheck: boolean;
  readonly commitMessageNegativeRegex: string;
  readonly commitMessageRegex: string;
  readonly denyDeleteTag: boolean;
  readonly fileNameRegex: string;
  readonly maxFileSize: number;
  readonly memberCheck: boolean;
  readonly preventSecrets: boolean;
  readonly rejectNonDcoCommits: boolean;
  readonly rejectUnsignedCommits: boolean;
}

/** Part of a result: project shared with group. */
export interface GetProjectSharedWithGroup {
  readonly groupAccessLevel: number;
  readonly groupAccessLevelName: string;
  readonly groupFullPath: string;
  readonly groupId: number;
  readonly groupName: string;
}

/** Part of a result: project protected branch merge access level. */
export interface GetProjectProtectedBranchMergeAccessLevel {
  readonly accessLevel: string;
  readonly accessLevelDescription: string;
  readonly groupId: number;
  readonly userId: number;
}

/** Part of a result: project protected branch push access level. */
export interface GetProjectProtectedBranchPushAccessLevel {
  readonly accessLevel: string;
  readonly accessLevelDescription: string;
  readonly deployKeyId: number;
  readonly groupId: number;
  readonly userId: number;
}

/** Part of a result: project protected branch unprotect access level. */
export interface GetProjectProtectedBranchUnprotectAccessLevel {
  readonly accessLevel: string;
  readonly accessLevelDescription: string;
  readonly groupId: number;
  readonly userId: number;
}

/** Part of a result: project variables variable. */
export interface GetProjectVariablesVariable {
  readonly description: string;
  readonly environmentScope: string;
  readonly key: string;
  readonly masked: boolean;
  readonly project: string;
  readonly protected: boolean;
  readonly raw: boolean;
  readonly value: string;
  readonly variableType: string;
}

/** Part of a result: runners runner. */
export interface GetRunnersRunner {
  readonly description: string;
  readonly id: number;
  readonly isShared: boolean;
  readonly online: boolean;
  readonly paused: boolean;
  readonly runnerType: string;
  readonly status: string;
}

/** Part of a result: group default branch protection default allowed to merge. */
export interface GetGroupDefaultBranchProtectionDefaultAllowedToMerge {
  readonly accessLevel: number;
}

/** Part of a result: group default branch protection default allowed to push. */
export interface GetGroupDefaultBranchProtectionDefaultAllowedToPush {
  readonly accessLevel: number;
}
