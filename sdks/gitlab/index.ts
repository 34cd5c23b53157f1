/**
 * GitLab as Pulumi resources: a local SDK with the import surface of the published `@pulumi/gitlab`.
 *
 * Type tokens, property names, secrets and plugin version are those of the published provider, so that moving to its
 * package is one line in package.json.
 */
import * as pulumi from "@pulumi/pulumi";
import { Branch } from "./branch.ts";
import { BranchProtection } from "./branchProtection.ts";
import { GroupAccessToken } from "./groupAccessToken.ts";
import { GroupVariable } from "./groupVariable.ts";
import { PipelineSchedule } from "./pipelineSchedule.ts";
import { PipelineScheduleVariable } from "./pipelineScheduleVariable.ts";
import { ProjectAccessToken } from "./projectAccessToken.ts";
import { ProjectContainerRepositoryProtection } from "./projectContainerRepositoryProtection.ts";
import { ProjectContainerTagProtection } from "./projectContainerTagProtection.ts";
import { ProjectEnvironment } from "./projectEnvironment.ts";
import { ProjectHook } from "./projectHook.ts";
import { ProjectJobTokenScopes } from "./projectJobTokenScopes.ts";
import { ProjectLevelMrApprovals } from "./projectLevelMrApprovals.ts";
import { ProjectProtectedEnvironment } from "./projectProtectedEnvironment.ts";
import { ProjectRunnerEnablement } from "./projectRunnerEnablement.ts";
import { ProjectVariable } from "./projectVariable.ts";
import { Provider } from "./provider.ts";
import { RepositoryFile } from "./repositoryFile.ts";
import { version } from "./resource.ts";
import { TagProtection } from "./tagProtection.ts";
import { UserRunner } from "./userRunner.ts";

export { Branch, type BranchArgs, type BranchState } from "./branch.ts";
export {
  BranchProtection,
  type BranchProtectionArgs,
  type BranchProtectionState,
} from "./branchProtection.ts";
export { type GetCurrentUserResult, getCurrentUser, getCurrentUserOutput } from "./getCurrentUser.ts";
export {
  type GetGroupArgs,
  type GetGroupOutputArgs,
  type GetGroupResult,
  getGroup,
  getGroupOutput,
} from "./getGroup.ts";
export {
  type GetProjectArgs,
  type GetProjectOutputArgs,
  type GetProjectResult,
  getProject,
  getProjectOutput,
} from "./getProject.ts";
export {
  type GetProjectProtectedBranchArgs,
  type GetProjectProtectedBranchOutputArgs,
  type GetProjectProtectedBranchResult,
  getProjectProtectedBranch,
  getProjectProtectedBranchOutput,
} from "./getProjectProtectedBranch.ts";
export {
  type GetProjectVariablesArgs,
  type GetProjectVariablesOutputArgs,
  type GetProjectVariablesResult,
  getProjectVariables,
  getProjectVariablesOutput,
} from "./getProjectVariables.ts";
export {
  type GetRepositoryFileArgs,
  type GetRepositoryFileOutputArgs,
  type GetRepositoryFileResult,
  getRepositoryFile,
  getRepositoryFileOutput,
} from "./getRepositoryFile.ts";
export {
  type GetRunnersArgs,
  type GetRunnersOutputArgs,
  type GetRunnersResult,
  getRunners,
  getRunnersOutput,
} from "./getRunners.ts";
export {
  GroupAccessToken,
  type GroupAccessTokenArgs,
  type GroupAccessTokenState,
} from "./groupAccessToken.ts";
export { GroupVariable, type GroupVariableArgs, type GroupVariableState } from "./groupVariable.ts";
export {
  PipelineSchedule,
  type PipelineScheduleArgs,
  type PipelineScheduleState,
} from "./pipelineSchedule.ts";
export {
  PipelineScheduleVariable,
  type PipelineScheduleVariableArgs,
  type PipelineScheduleVariableState,
} from "./pipelineScheduleVariable.ts";
export {
  ProjectAccessToken,
  type ProjectAccessTokenArgs,
  type ProjectAccessTokenState,
} from "./projectAccessToken.ts";
export {
  ProjectContainerRepositoryProtection,
  type ProjectContainerRepositoryProtectionArgs,
  type ProjectContainerRepositoryProtectionState,
} from "./projectContainerRepositoryProtection.ts";
export {
  ProjectContainerTagProtection,
  type ProjectContainerTagProtectionArgs,
  type ProjectContainerTagProtectionState,
} from "./projectContainerTagProtection.ts";
export {
  ProjectEnvironment,
  type ProjectEnvironmentArgs,
  type ProjectEnvironmentState,
} from "./projectEnvironment.ts";
export { ProjectHook, type ProjectHookArgs, type ProjectHookState } from "./projectHook.ts";
export {
  ProjectJobTokenScopes,
  type ProjectJobTokenScopesArgs,
  type ProjectJobTokenScopesState,
} from "./projectJobTokenScopes.ts";
export {
  ProjectLevelMrApprovals,
  type ProjectLevelMrApprovalsArgs,
  type ProjectLevelMrApprovalsState,
} from "./projectLevelMrApprovals.ts";
export {
  ProjectProtectedEnvironment,
  type ProjectProtectedEnvironmentArgs,
  type ProjectProtectedEnvironmentState,
} from "./projectProtectedEnvironment.ts";
export {
  ProjectRunnerEnablement,
  type ProjectRunnerEnablementArgs,
  type ProjectRunnerEnablementState,
} from "./projectRunnerEnablement.ts";
export { ProjectVariable, type ProjectVariableArgs, type ProjectVariableState } from "./projectVariable.ts";
export { Provider, type ProviderArgs } from "./provider.ts";
export { RepositoryFile, type RepositoryFileArgs, type RepositoryFileState } from "./repositoryFile.ts";
export { TagProtection, type TagProtectionArgs, type TagProtectionState } from "./tagProtection.ts";
export type * as types from "./types/index.ts";
export { UserRunner, type UserRunnerArgs, type UserRunnerState } from "./userRunner.ts";

const classes: Readonly<
  Record<string, new (name: string, args: never, opts?: pulumi.CustomResourceOptions) => pulumi.Resource>
> = {
  "gitlab:index/branch:Branch": Branch,
  "gitlab:index/branchProtection:BranchProtection": BranchProtection,
  "gitlab:index/groupAccessToken:GroupAccessToken": GroupAccessToken,
  "gitlab:index/groupVariable:GroupVariable": GroupVariable,
  "gitlab:index/pipelineSchedule:PipelineSchedule": PipelineSchedule,
  "gitlab:index/pipelineScheduleVariable:PipelineScheduleVariable": PipelineScheduleVariable,
  "gitlab:index/projectAccessToken:ProjectAccessToken": ProjectAccessToken,
  "gitlab:index/projectContainerRepositoryProtection:ProjectContainerRepositoryProtection":
    ProjectContainerRepositoryProtection,
  "gitlab:index/projectContainerTagProtection:ProjectContainerTagProtection": ProjectContainerTagProtection,
  "gitlab:index/projectEnvironment:ProjectEnvironment": ProjectEnvironment,
  "gitlab:index/projectHook:ProjectHook": ProjectHook,
  "gitlab:index/projectJobTokenScopes:ProjectJobTokenScopes": ProjectJobTokenScopes,
  "gitlab:index/projectLevelMrApprovals:ProjectLevelMrApprovals": ProjectLevelMrApprovals,
  "gitlab:index/projectProtectedEnvironment:ProjectProtectedEnvironment": ProjectProtectedEnvironment,
  "gitlab:index/projectRunnerEnablement:ProjectRunnerEnablement": ProjectRunnerEnablement,
  "gitlab:index/projectVariable:ProjectVariable": ProjectVariable,
  "gitlab:index/repositoryFile:RepositoryFile": RepositoryFile,
  "gitlab:index/tagProtection:TagProtection": TagProtection,
  "gitlab:index/userRunner:UserRunner": UserRunner,
};

// Lets a resource that arrives as a reference (from another stack or a component) become an object again.
for (const [type, Class] of Object.entries(classes)) {
  pulumi.runtime.registerResourceModule("gitlab", type.split(":")[1] ?? "", {
    version,
    construct: (name, _type, urn) => new Class(name, undefined as never, { urn }),
  });
}
pulumi.runtime.registerResourcePackage("gitlab", {
  version,
  constructProvider: (name, _type, urn) => new Provider(name, undefined, { urn } as pulumi.ResourceOptions),
});
