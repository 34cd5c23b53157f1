import * as pulumi from "@pulumi/pulumi";
import { invokeOptions } from "./resource.ts";
import type * as outputs from "./types/result.ts";

/** Arguments of {@link getProjectProtectedBranch}. */
export interface GetProjectProtectedBranchArgs {
  readonly name: string;
  readonly projectId: string;
}

/** Arguments of {@link getProjectProtectedBranchOutput}. */
export interface GetProjectProtectedBranchOutputArgs {
  readonly name: pulumi.Input<string>;
  readonly projectId: pulumi.Input<string>;
}

/** What GitLab says of it; names follow its REST API. */
export interface GetProjectProtectedBranchResult {
  readonly allowForcePush: boolean;
  readonly codeOwnerApprovalRequired: boolean;
  readonly id: number;
  readonly mergeAccessLevels: outputs.GetProjectProtectedBranchMergeAccessLevel[];
  readonly name: string;
  readonly projectId: string;
  readonly pushAccessLevels: outputs.GetProjectProtectedBranchPushAccessLevel[];
  readonly unprotectAccessLevels: outputs.GetProjectProtectedBranchUnprotectAccessLevel[];
}

/** The protection of one branch. @throws where GitLab answers with an error. */
export function getProjectProtectedBranch(
  args: GetProjectProtectedBranchArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetProjectProtectedBranchResult> {
  return pulumi.runtime.invoke(
    "gitlab:index/getProjectProtectedBranch:getProjectProtectedBranch",
    { name: args.name, projectId: args.projectId },
    invokeOptions(opts),
  );
}

/** {@link getProjectProtectedBranch} for arguments that are outputs. */
export function getProjectProtectedBranchOutput(
  args: GetProjectProtectedBranchOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetProjectProtectedBranchResult> {
  return pulumi.runtime.invokeOutput(
    "gitlab:index/getProjectProtectedBranch:getProjectProtectedBranch",
    { name: args.name, projectId: args.projectId },
    invokeOptions(opts),
  );
}
