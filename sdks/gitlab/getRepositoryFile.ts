import type * as pulumi from "@pulumi/pulumi";
import { invoke } from "./resource.ts";

/** Arguments of {@link getRepositoryFile}. */
export interface GetRepositoryFileArgs {
  /** Path from the repository's root, without a leading slash. */
  readonly filePath: string;
  /** Project, by number or full path. */
  readonly project: string;
  /** Branch, tag or commit. */
  readonly ref: string;
}

/** What GitLab says of a file; names follow its REST API. */
export interface GetRepositoryFileResult {
  /** The file's content, in the encoding that `encoding` names. */
  readonly content: string;
  /** `text` or `base64`. */
  readonly encoding: string;
}

/** One file of a repository at a ref. @throws where GitLab answers with an error. */
export function getRepositoryFile(
  args: GetRepositoryFileArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetRepositoryFileResult> {
  return invoke("gitlab:index/getRepositoryFile:getRepositoryFile", args, opts);
}
