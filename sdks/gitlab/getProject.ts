import type * as pulumi from "@pulumi/pulumi";
import { invoke } from "./resource.ts";

/** Arguments of {@link getProject}. */
export interface GetProjectArgs {
  /** Full path: `acme/shop`. */
  readonly pathWithNamespace: string;
}

/** What GitLab says of a project; names follow its REST API. */
export interface GetProjectResult {
  /** Empty while the repository is. */
  readonly defaultBranch: string;
  /** The project's number, as text. */
  readonly id: string;
  /** Roles of the token's user, by key `access_level`. */
  readonly permissions: {
    readonly groupAccess: { [key: string]: number };
    readonly projectAccess: { [key: string]: number };
  }[];
  readonly webUrl: string;
}

/** A project by its path. @throws where GitLab answers with an error. */
export function getProject(args: GetProjectArgs, opts?: pulumi.InvokeOptions): Promise<GetProjectResult> {
  return invoke("gitlab:index/getProject:getProject", args, opts);
}
