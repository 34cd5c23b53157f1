import * as pulumi from "@pulumi/pulumi";
import { invokeOptions } from "./resource.ts";
import type * as outputs from "./types/result.ts";

/** Arguments of {@link getRunners}. */
export interface GetRunnersArgs {
  readonly paused?: boolean | undefined;
  readonly status?: string | undefined;
  readonly tagLists?: string[] | undefined;
  readonly type?: string | undefined;
}

/** Arguments of {@link getRunnersOutput}. */
export interface GetRunnersOutputArgs {
  readonly paused?: pulumi.Input<boolean | undefined>;
  readonly status?: pulumi.Input<string | undefined>;
  readonly tagLists?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  readonly type?: pulumi.Input<string | undefined>;
}

/** What GitLab says of it; names follow its REST API. */
export interface GetRunnersResult {
  readonly id: string;
  readonly paused?: boolean;
  readonly runners: outputs.GetRunnersRunner[];
  readonly status?: string;
  readonly tagLists?: string[];
  readonly type?: string;
}

/** The runners that the token's user can see. @throws where GitLab answers with an error. */
export function getRunners(args?: GetRunnersArgs, opts?: pulumi.InvokeOptions): Promise<GetRunnersResult> {
  return pulumi.runtime.invoke(
    "gitlab:index/getRunners:getRunners",
    { paused: args?.paused, status: args?.status, tagLists: args?.tagLists, type: args?.type },
    invokeOptions(opts),
  );
}

/** {@link getRunners} for arguments that are outputs. */
export function getRunnersOutput(
  args?: GetRunnersOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetRunnersResult> {
  return pulumi.runtime.invokeOutput(
    "gitlab:index/getRunners:getRunners",
    { paused: args?.paused, status: args?.status, tagLists: args?.tagLists, type: args?.type },
    invokeOptions(opts),
  );
}
