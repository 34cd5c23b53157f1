import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link ProjectHook}. */
export interface ProjectHookArgs {
  /** `wildcard`, `regex` or `all_branches`. */
  readonly branchFilterStrategy?: pulumi.Input<string | undefined>;
  /** Whether confidential issues events are sent. */
  readonly confidentialIssuesEvents?: pulumi.Input<boolean | undefined>;
  /** Whether confidential note events are sent. */
  readonly confidentialNoteEvents?: pulumi.Input<boolean | undefined>;
  /** Extra headers. */
  readonly customHeaders?: pulumi.Input<pulumi.Input<inputs.ProjectHookCustomHeader>[] | undefined>;
  /** Template of the payload. */
  readonly customWebhookTemplate?: pulumi.Input<string | undefined>;
  /** Whether deployment events are sent. */
  readonly deploymentEvents?: pulumi.Input<boolean | undefined>;
  /** Free text. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Whether emoji events are sent. */
  readonly emojiEvents?: pulumi.Input<boolean | undefined>;
  /** Whether the receiver's certificate is checked. */
  readonly enableSslVerification?: pulumi.Input<boolean | undefined>;
  /** Whether feature flag events are sent. */
  readonly featureFlagEvents?: pulumi.Input<boolean | undefined>;
  /** Whether issues events are sent. */
  readonly issuesEvents?: pulumi.Input<boolean | undefined>;
  /** Whether job events are sent. */
  readonly jobEvents?: pulumi.Input<boolean | undefined>;
  /** Whether merge requests events are sent. */
  readonly mergeRequestsEvents?: pulumi.Input<boolean | undefined>;
  /** Whether milestone events are sent. */
  readonly milestoneEvents?: pulumi.Input<boolean | undefined>;
  /** Name. */
  readonly name?: pulumi.Input<string | undefined>;
  /** Whether note events are sent. */
  readonly noteEvents?: pulumi.Input<boolean | undefined>;
  /** Whether pipeline events are sent. */
  readonly pipelineEvents?: pulumi.Input<boolean | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Whether push events are sent. */
  readonly pushEvents?: pulumi.Input<boolean | undefined>;
  /** Branches whose pushes count. */
  readonly pushEventsBranchFilter?: pulumi.Input<string | undefined>;
  /** Whether releases events are sent. */
  readonly releasesEvents?: pulumi.Input<boolean | undefined>;
  /** Whether resource access token events are sent. */
  readonly resourceAccessTokenEvents?: pulumi.Input<boolean | undefined>;
  /** Whether resource deploy token events are sent. */
  readonly resourceDeployTokenEvents?: pulumi.Input<boolean | undefined>;
  /** Key that signs the payloads. Secret. */
  readonly signingToken?: pulumi.Input<string | undefined>;
  /** Whether tag push events are sent. */
  readonly tagPushEvents?: pulumi.Input<boolean | undefined>;
  /** Secret sent along in `X-Gitlab-Token`. Secret. */
  readonly token?: pulumi.Input<string | undefined>;
  /** Address that receives the events. */
  readonly url: pulumi.Input<string>;
  /** Values that are kept out of the shown address. */
  readonly urlVariables?: pulumi.Input<pulumi.Input<inputs.ProjectHookUrlVariable>[] | undefined>;
  /** Whether vulnerability events are sent. */
  readonly vulnerabilityEvents?: pulumi.Input<boolean | undefined>;
  /** Whether wiki page events are sent. */
  readonly wikiPageEvents?: pulumi.Input<boolean | undefined>;
}

/** What {@link ProjectHook.get} may know of an existing resource. */
export interface ProjectHookState extends Partial<ProjectHookArgs> {
  /** `executable`, `disabled` or `temporarily_disabled`. */
  readonly alertStatus?: pulumi.Input<string | undefined>;
  /** End of a temporary suspension, ISO 8601. */
  readonly disabledUntil?: pulumi.Input<string | undefined>;
  /** The webhook's number. */
  readonly hookId?: pulumi.Input<number | undefined>;
  /** The project's number. */
  readonly projectId?: pulumi.Input<number | undefined>;
  /** Whether repository update events are sent. */
  readonly repositoryUpdateEvents?: pulumi.Input<boolean | undefined>;
  /** Whether a signing key is set. */
  readonly signingTokenPresent?: pulumi.Input<boolean | undefined>;
}

const definition: ResourceDefinition<ProjectHookArgs, ProjectHookState> = {
  type: "gitlab:index/projectHook:ProjectHook",
  inputs: {
    branchFilterStrategy: "optional",
    confidentialIssuesEvents: "optional",
    confidentialNoteEvents: "optional",
    customHeaders: "optional",
    customWebhookTemplate: "optional",
    deploymentEvents: "optional",
    description: "optional",
    emojiEvents: "optional",
    enableSslVerification: "optional",
    featureFlagEvents: "optional",
    issuesEvents: "optional",
    jobEvents: "optional",
    mergeRequestsEvents: "optional",
    milestoneEvents: "optional",
    name: "optional",
    noteEvents: "optional",
    pipelineEvents: "optional",
    project: "required",
    pushEvents: "optional",
    pushEventsBranchFilter: "optional",
    releasesEvents: "optional",
    resourceAccessTokenEvents: "optional",
    resourceDeployTokenEvents: "optional",
    signingToken: "optional",
    tagPushEvents: "optional",
    token: "optional",
    url: "required",
    urlVariables: "optional",
    vulnerabilityEvents: "optional",
    wikiPageEvents: "optional",
  },
  outputs: [
    "alertStatus",
    "disabledUntil",
    "hookId",
    "projectId",
    "repositoryUpdateEvents",
    "signingTokenPresent",
  ],
  secretInputs: ["signingToken", "token"],
  secretOutputs: ["signingToken", "token"],
};

/** A webhook of a project. */
export class ProjectHook extends GitlabResource {
  /** `executable`, `disabled` or `temporarily_disabled`. */
  declare public readonly alertStatus: pulumi.Output<string>;
  /** `wildcard`, `regex` or `all_branches`. */
  declare public readonly branchFilterStrategy: pulumi.Output<string>;
  /** Whether confidential issues events are sent. */
  declare public readonly confidentialIssuesEvents: pulumi.Output<boolean>;
  /** Whether confidential note events are sent. */
  declare public readonly confidentialNoteEvents: pulumi.Output<boolean>;
  /** Extra headers. */
  declare public readonly customHeaders: pulumi.Output<outputs.ProjectHookCustomHeader[] | undefined>;
  /** Template of the payload. */
  declare public readonly customWebhookTemplate: pulumi.Output<string>;
  /** Whether deployment events are sent. */
  declare public readonly deploymentEvents: pulumi.Output<boolean>;
  /** Free text. */
  declare public readonly description: pulumi.Output<string>;
  /** End of a temporary suspension, ISO 8601. */
  declare public readonly disabledUntil: pulumi.Output<string>;
  /** Whether emoji events are sent. */
  declare public readonly emojiEvents: pulumi.Output<boolean>;
  /** Whether the receiver's certificate is checked. */
  declare public readonly enableSslVerification: pulumi.Output<boolean>;
  /** Whether feature flag events are sent. */
  declare public readonly featureFlagEvents: pulumi.Output<boolean>;
  /** The webhook's number. */
  declare public readonly hookId: pulumi.Output<number>;
  /** Whether issues events are sent. */
  declare public readonly issuesEvents: pulumi.Output<boolean>;
  /** Whether job events are sent. */
  declare public readonly jobEvents: pulumi.Output<boolean>;
  /** Whether merge requests events are sent. */
  declare public readonly mergeRequestsEvents: pulumi.Output<boolean>;
  /** Whether milestone events are sent. */
  declare public readonly milestoneEvents: pulumi.Output<boolean>;
  /** Name. */
  declare public readonly name: pulumi.Output<string>;
  /** Whether note events are sent. */
  declare public readonly noteEvents: pulumi.Output<boolean>;
  /** Whether pipeline events are sent. */
  declare public readonly pipelineEvents: pulumi.Output<boolean>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** The project's number. */
  declare public readonly projectId: pulumi.Output<number>;
  /** Whether push events are sent. */
  declare public readonly pushEvents: pulumi.Output<boolean>;
  /** Branches whose pushes count. */
  declare public readonly pushEventsBranchFilter: pulumi.Output<string>;
  /** Whether releases events are sent. */
  declare public readonly releasesEvents: pulumi.Output<boolean>;
  /** Whether repository update events are sent. */
  declare public readonly repositoryUpdateEvents: pulumi.Output<boolean>;
  /** Whether resource access token events are sent. */
  declare public readonly resourceAccessTokenEvents: pulumi.Output<boolean>;
  /** Whether resource deploy token events are sent. */
  declare public readonly resourceDeployTokenEvents: pulumi.Output<boolean>;
  /** Key that signs the payloads. Secret. */
  declare public readonly signingToken: pulumi.Output<string | undefined>;
  /** Whether a signing key is set. */
  declare public readonly signingTokenPresent: pulumi.Output<boolean>;
  /** Whether tag push events are sent. */
  declare public readonly tagPushEvents: pulumi.Output<boolean>;
  /** Secret sent along in `X-Gitlab-Token`. Secret. */
  declare public readonly token: pulumi.Output<string>;
  /** Address that receives the events. */
  declare public readonly url: pulumi.Output<string>;
  /** Values that are kept out of the shown address. */
  declare public readonly urlVariables: pulumi.Output<outputs.ProjectHookUrlVariable[] | undefined>;
  /** Whether vulnerability events are sent. */
  declare public readonly vulnerabilityEvents: pulumi.Output<boolean>;
  /** Whether wiki page events are sent. */
  declare public readonly wikiPageEvents: pulumi.Output<boolean>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectHookArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectHookArgs | ProjectHookState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectHookState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectHook {
    return new ProjectHook(name, state as ProjectHookArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectHook {
    return GitlabResource.isOfType(value, definition.type);
  }
}
