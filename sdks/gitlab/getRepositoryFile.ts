import * as pulumi from "@pulumi/pulumi";
import { invokeOptions } from "./resource.ts";

/** Arguments of {@link getRepositoryFile}. */
export interface GetRepositoryFileArgs {
  readonly filePath: string;
  readonly project: string;
  readonly ref: string;
}

/** Arguments of {@link getRepositoryFileOutput}. */
export interface GetRepositoryFileOutputArgs {
  readonly filePath: pulumi.Input<string>;
  readonly project: pulumi.Input<string>;
  readonly ref: pulumi.Input<string>;
}

/** What GitLab says of it; names follow its REST API. */
export interface GetRepositoryFileResult {
  readonly blobId: string;
  readonly commitId: string;
  readonly content: string;
  readonly contentSha256: string;
  readonly encoding: string;
  readonly executeFilemode: boolean;
  readonly fileName: string;
  readonly filePath: string;
  readonly id: string;
  readonly lastCommitId: string;
  readonly project: string;
  readonly ref: string;
  readonly size: number;
}

/** One file of a repository at a ref. @throws where GitLab answers with an error. */
export function getRepositoryFile(
  args: GetRepositoryFileArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetRepositoryFileResult> {
  return pulumi.runtime.invoke(
    "gitlab:index/getRepositoryFile:getRepositoryFile",
    { filePath: args.filePath, project: args.project, ref: args.ref },
    invokeOptions(opts),
  );
}

/** {@link getRepositoryFile} for arguments that are outputs. */
export function getRepositoryFileOutput(
  args: GetRepositoryFileOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetRepositoryFileResult> {
  return pulumi.runtime.invokeOutput(
    "gitlab:index/getRepositoryFile:getRepositoryFile",
    { filePath: args.filePath, project: args.project, ref: args.ref },
    invokeOptions(opts),
  );
}
