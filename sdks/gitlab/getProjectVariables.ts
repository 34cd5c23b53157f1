import * as pulumi from "@pulumi/pulumi";
import { invokeOptions } from "./resource.ts";
import type * as outputs from "./types/result.ts";

/** Arguments of {@link getProjectVariables}. */
export interface GetProjectVariablesArgs {
  readonly environmentScope?: string | undefined;
  readonly project: string;
}

/** Arguments of {@link getProjectVariablesOutput}. */
export interface GetProjectVariablesOutputArgs {
  readonly environmentScope?: pulumi.Input<string | undefined>;
  readonly project: pulumi.Input<string>;
}

/** What GitLab says of it; names follow its REST API. */
export interface GetProjectVariablesResult {
  readonly environmentScope?: string;
  readonly id: string;
  readonly project: string;
  readonly variables: outputs.GetProjectVariablesVariable[];
}

/** All CI/CD variables of a project. @throws where GitLab answers with an error. */
export function getProjectVariables(
  args: GetProjectVariablesArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetProjectVariablesResult> {
  return pulumi.runtime.invoke(
    "gitlab:index/getProjectVariables:getProjectVariables",
    { environmentScope: args.environmentScope, project: args.project },
    invokeOptions(opts),
  );
}

/** {@link getProjectVariables} for arguments that are outputs. */
export function getProjectVariablesOutput(
  args: GetProjectVariablesOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetProjectVariablesResult> {
  return pulumi.runtime.invokeOutput(
    "gitlab:index/getProjectVariables:getProjectVariables",
    { environmentScope: args.environmentScope, project: args.project },
    invokeOptions(opts),
  );
}
