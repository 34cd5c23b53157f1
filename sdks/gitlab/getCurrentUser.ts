import * as pulumi from "@pulumi/pulumi";
import { invokeOptions } from "./resource.ts";

/** What GitLab says of it; names follow its REST API. */
export interface GetCurrentUserResult {
  readonly bot: boolean;
  readonly globalId: string;
  readonly globalNamespaceId: string;
  readonly groupCount: number;
  readonly id: string;
  readonly name: string;
  readonly namespaceId: string;
  readonly publicEmail: string;
  readonly username: string;
}

/** The user whom the token belongs to. @throws where GitLab answers with an error. */
export function getCurrentUser(opts?: pulumi.InvokeOptions): Promise<GetCurrentUserResult> {
  return pulumi.runtime.invoke("gitlab:index/getCurrentUser:getCurrentUser", {}, invokeOptions(opts));
}

/** {@link getCurrentUser} for arguments that are outputs. */
export function getCurrentUserOutput(opts?: pulumi.InvokeOutputOptions): pulumi.Output<GetCurrentUserResult> {
  return pulumi.runtime.invokeOutput("gitlab:index/getCurrentUser:getCurrentUser", {}, invokeOptions(opts));
}
