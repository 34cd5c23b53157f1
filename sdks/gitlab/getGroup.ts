import * as pulumi from "@pulumi/pulumi";
import { invokeOptions } from "./resource.ts";
import type * as outputs from "./types/result.ts";

/** Arguments of {@link getGroup}. */
export interface GetGroupArgs {
  readonly fullPath?: string | undefined;
  readonly groupId?: number | undefined;
}

/** Arguments of {@link getGroupOutput}. */
export interface GetGroupOutputArgs {
  readonly fullPath?: pulumi.Input<string | undefined>;
  readonly groupId?: pulumi.Input<number | undefined>;
}

/** What GitLab says of it; names follow its REST API. */
export interface GetGroupResult {
  readonly allowMergeOnSkippedPipeline: boolean;
  readonly allowedEmailDomainsList: string;
  readonly archived: boolean;
  readonly autoDevopsEnabled: boolean;
  readonly avatarUrl: string;
  readonly createdAt: string;
  readonly customAttributes: { [key: string]: string }[];
  readonly defaultBranch: string;
  readonly defaultBranchProtection: number;
  readonly defaultBranchProtectionDefaults: outputs.GetGroupDefaultBranchProtectionDefault[];
  readonly description: string;
  readonly duoAvailability: string;
  readonly duoFeaturesEnabled: boolean;
  readonly emailsDisabled: boolean;
  readonly emailsEnabled: boolean;
  readonly enabledGitAccessProtocol: string;
  readonly experimentFeaturesEnabled: boolean;
  readonly extraSharedRunnersMinutesLimit: number;
  readonly fileTemplateProjectId: number;
  readonly fullName: string;
  readonly fullPath: string;
  readonly groupId: number;
  readonly id: string;
  readonly ipRestrictionRanges: string;
  readonly ldapAccess: number;
  readonly ldapCn: string;
  readonly lfsEnabled: boolean;
  readonly lockDuoFeaturesEnabled: boolean;
  readonly lockMathRenderingLimitsEnabled: boolean;
  readonly markedForDeletionOn: string;
  readonly mathRenderingLimitsEnabled: boolean;
  readonly maxArtifactsSize: number;
  readonly membershipLock: boolean;
  readonly mentionsDisabled: boolean;
  readonly name: string;
  readonly onlyAllowMergeIfAllDiscussionsAreResolved: boolean;
  readonly onlyAllowMergeIfPipelineSucceeds: boolean;
  readonly organizationId: number;
  readonly parentId: number;
  readonly path: string;
  readonly preventForkingOutsideGroup: boolean;
  readonly preventSharingGroupsOutsideHierarchy: boolean;
  readonly projectCreationLevel: string;
  readonly pushRules: outputs.GetGroupPushRule[];
  readonly repositoryStorage: string;
  readonly requestAccessEnabled: boolean;
  readonly requireTwoFactorAuthentication: boolean;
  readonly runnersToken: string;
  readonly shareWithGroupLock: boolean;
  readonly sharedRunnersMinutesLimit: number;
  readonly sharedRunnersSetting: string;
  readonly sharedWithGroups: outputs.GetGroupSharedWithGroup[];
  readonly statistics: { [key: string]: number };
  readonly subgroupCreationLevel: string;
  readonly twoFactorGracePeriod: number;
  readonly visibilityLevel: string;
  readonly webUrl: string;
  readonly wikiAccessLevel: string;
}

/** A group, by `groupId` or `fullPath`. @throws where GitLab answers with an error. */
export function getGroup(args?: GetGroupArgs, opts?: pulumi.InvokeOptions): Promise<GetGroupResult> {
  return pulumi.runtime.invoke(
    "gitlab:index/getGroup:getGroup",
    { fullPath: args?.fullPath, groupId: args?.groupId },
    invokeOptions(opts),
  );
}

/** {@link getGroup} for arguments that are outputs. */
export function getGroupOutput(
  args?: GetGroupOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetGroupResult> {
  return pulumi.runtime.invokeOutput(
    "gitlab:index/getGroup:getGroup",
    { fullPath: args?.fullPath, groupId: args?.groupId },
    invokeOptions(opts),
  );
}
