import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

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

/** What {@link RepositoryFile.get} may know of an existing resource. */
export interface RepositoryFileState extends Partial<RepositoryFileArgs> {
  /** Git's object id of the content. */
  readonly blobId?: pulumi.Input<string | undefined>;
  /** Latest commit of the ref, at the time of reading. */
  readonly commitId?: pulumi.Input<string | undefined>;
  /** SHA-256 of the content, in hexadecimal. */
  readonly contentSha256?: pulumi.Input<string | undefined>;
  /** Last part of the path. */
  readonly fileName?: pulumi.Input<string | undefined>;
  /** Latest commit that changed the file. */
  readonly lastCommitId?: pulumi.Input<string | undefined>;
  /** Branch, tag or commit. */
  readonly ref?: pulumi.Input<string | undefined>;
  /** Size of the content in bytes. */
  readonly size?: pulumi.Input<number | undefined>;
}

const definition: ResourceDefinition<RepositoryFileArgs, RepositoryFileState> = {
  type: "gitlab:index/repositoryFile:RepositoryFile",
  inputs: {
    authorEmail: "optional",
    authorName: "optional",
    branch: "required",
    commitMessage: "optional",
    content: "required",
    createCommitMessage: "optional",
    deleteCommitMessage: "optional",
    encoding: "required",
    executeFilemode: "optional",
    filePath: "required",
    overwriteOnCreate: "optional",
    project: "required",
    startBranch: "optional",
    updateCommitMessage: "optional",
  },
  outputs: ["blobId", "commitId", "contentSha256", "fileName", "lastCommitId", "ref", "size"],
  secretInputs: [],
  secretOutputs: [],
};

/**
 * One file on one branch of a project's repository; every change is a commit.
 *
 * The branch must exist, unless `startBranch` says where it starts.
 */
export class RepositoryFile extends GitlabResource {
  /** Author's address in the commit; default is the token's user. */
  declare public readonly authorEmail: pulumi.Output<string | undefined>;
  /** Author's name in the commit; default is the token's user. */
  declare public readonly authorName: pulumi.Output<string | undefined>;
  /** Git's object id of the content. */
  declare public readonly blobId: pulumi.Output<string>;
  /** Branch that receives the commit. A change replaces the file. */
  declare public readonly branch: pulumi.Output<string>;
  /** Latest commit of the ref, at the time of reading. */
  declare public readonly commitId: pulumi.Output<string>;
  /** Commit message for creation, update and removal alike. */
  declare public readonly commitMessage: pulumi.Output<string | undefined>;
  /** The file's content, in the encoding that `encoding` names. */
  declare public readonly content: pulumi.Output<string>;
  /** SHA-256 of the content, in hexadecimal. */
  declare public readonly contentSha256: pulumi.Output<string>;
  /** Commit message for creation. */
  declare public readonly createCommitMessage: pulumi.Output<string | undefined>;
  /** Commit message for the removal. */
  declare public readonly deleteCommitMessage: pulumi.Output<string | undefined>;
  /** `text` or `base64`. */
  declare public readonly encoding: pulumi.Output<string>;
  /** Whether the file is executable. */
  declare public readonly executeFilemode: pulumi.Output<boolean | undefined>;
  /** Last part of the path. */
  declare public readonly fileName: pulumi.Output<string>;
  /** Path from the repository's root, without a leading slash. A change replaces the file. */
  declare public readonly filePath: pulumi.Output<string>;
  /** Latest commit that changed the file. */
  declare public readonly lastCommitId: pulumi.Output<string>;
  /** Whether creation takes over a file that is there already; default is to fail. */
  declare public readonly overwriteOnCreate: pulumi.Output<boolean | undefined>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Branch, tag or commit. */
  declare public readonly ref: pulumi.Output<string>;
  /** Size of the content in bytes. */
  declare public readonly size: pulumi.Output<number>;
  /** Branch to start from where `branch` does not exist. */
  declare public readonly startBranch: pulumi.Output<string | undefined>;
  /** Commit message for updates. */
  declare public readonly updateCommitMessage: pulumi.Output<string | undefined>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: RepositoryFileArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: RepositoryFileArgs | RepositoryFileState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: RepositoryFileState,
    opts?: pulumi.CustomResourceOptions,
  ): RepositoryFile {
    return new RepositoryFile(name, state as RepositoryFileArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is RepositoryFile {
    return GitlabResource.isOfType(value, definition.type);
  }
}
