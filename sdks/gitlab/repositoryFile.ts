import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

/** Arguments of {@link RepositoryFile}. */
export interface RepositoryFileArgs {
  /** Author's address in the commit; default is the token's user. */
  readonly authorEmail?: pulumi.Input<string | undefined>;
  /** Author's name in the commit; default is the token's user. */
  readonly authorName?: pulumi.Input<string | undefined>;
  /** Branch that receives the commit. A change replaces the file. */
  readonly branch: pulumi.Input<string>;
  /** Commit message for creation, update and removal alike. */
  readonly commitMessage?: pulumi.Input<string | undefined>;
  /** The file's content, in the encoding that `encoding` names. */
  readonly content: pulumi.Input<string>;
  /** Commit message for creation. */
  readonly createCommitMessage?: pulumi.Input<string | undefined>;
  /** Commit message for the removal. */
  readonly deleteCommitMessage?: pulumi.Input<string | undefined>;
  /** `text` or `base64`. */
  readonly encoding: pulumi.Input<string>;
  /** Whether the file is executable. */
  readonly executeFilemode?: pulumi.Input<boolean | undefined>;
  /** Path from the repository's root, without a leading slash. A change replaces the file. */
  readonly filePath: pulumi.Input<string>;
  /** Whether creation takes over a file that is there already; default is to fail. */
  readonly overwriteOnCreate?: pulumi.Input<boolean | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Branch to start from where `branch` does not exist. */
  readonly startBranch?: pulumi.Input<string | undefined>;
  /** Commit message for updates. */
  readonly updateCommitMessage?: pulumi.Input<string | undefined>;
}

/**
 * One file on one branch of a project's repository; every change is a commit.
 *
 * The branch must exist, unless `startBranch` says where it starts.
 */
export class RepositoryFile extends GitlabResource {
  /** Git's object id of the content. */
  declare public readonly blobId: pulumi.Output<string>;
  /** Latest commit of the ref, at the time of reading. */
  declare public readonly commitId: pulumi.Output<string>;
  /** SHA-256 of the content, in hexadecimal. */
  declare public readonly contentSha256: pulumi.Output<string>;
  /** Last part of the path. */
  declare public readonly fileName: pulumi.Output<string>;
  /** Latest commit that changed the file. */
  declare public readonly lastCommitId: pulumi.Output<string>;
  /** Branch, tag or commit. */
  declare public readonly ref: pulumi.Output<string>;
  /** Size of the content in bytes. */
  declare public readonly size: pulumi.Output<number>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: RepositoryFileArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/repositoryFile:RepositoryFile",
      required: [
        "branch",
        "content",
        "encoding",
        "filePath",
        "project",
      ] satisfies RequiredKeys<RepositoryFileArgs>[],
      outputs: ["blobId", "commitId", "contentSha256", "fileName", "lastCommitId", "ref", "size"],
      secretOutputs: [],
    });
  }
}
