import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

/** Arguments of {@link TagProtection}. */
export interface TagProtectionArgs {
  /** Who may create matching tags: `no one`, `developer`, `maintainer`, `admin`. */
  readonly createAccessLevel?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Tag name, or a wildcard such as `v*`. */
  readonly tag: pulumi.Input<string>;
}

/** The protection of a tag, or of every tag that a wildcard matches. */
export class TagProtection extends GitlabResource {
  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: TagProtectionArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/tagProtection:TagProtection",
      required: ["project", "tag"] satisfies RequiredKeys<TagProtectionArgs>[],
      outputs: [],
      secretOutputs: [],
    });
  }
}
