import type * as pulumi from "@pulumi/pulumi";
import { invoke } from "./resource.ts";

/** Arguments of {@link getGroup}. */
export interface GetGroupArgs {
  /** Full path: `acme/platform`. */
  readonly fullPath: string;
}

/** What GitLab says of a group; names follow its REST API. */
export interface GetGroupResult {
  readonly groupId: number;
}

/** A group by its path. @throws where GitLab answers with an error. */
export function getGroup(args: GetGroupArgs, opts?: pulumi.InvokeOptions): Promise<GetGroupResult> {
  return invoke("gitlab:index/getGroup:getGroup", args, opts);
}
