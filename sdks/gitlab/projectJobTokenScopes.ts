import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link ProjectJobTokenScopes}. */
export interface ProjectJobTokenScopesArgs {
  /** Whether the allow list is in force. */
  readonly enabled?: pulumi.Input<boolean | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Groups on the allow list, by number. */
  readonly targetGroupIds?: pulumi.Input<pulumi.Input<number>[] | undefined>;
  /** Projects on the allow list, by number. */
  readonly targetProjectIds?: pulumi.Input<pulumi.Input<number>[] | undefined>;
}

/** What {@link ProjectJobTokenScopes.get} may know of an existing resource. */
export type ProjectJobTokenScopesState = Partial<ProjectJobTokenScopesArgs>;

const definition: ResourceDefinition<ProjectJobTokenScopesArgs, ProjectJobTokenScopesState> = {
  type: "gitlab:index/projectJobTokenScopes:ProjectJobTokenScopes",
  inputs: {
    enabled: "optional",
    project: "required",
    targetGroupIds: "optional",
    targetProjectIds: "optional",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** Which projects and groups may reach a project with their job tokens. */
export class ProjectJobTokenScopes extends GitlabResource {
  /** Whether the allow list is in force. */
  declare public readonly enabled: pulumi.Output<boolean>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Groups on the allow list, by number. */
  declare public readonly targetGroupIds: pulumi.Output<number[]>;
  /** Projects on the allow list, by number. */
  declare public readonly targetProjectIds: pulumi.Output<number[]>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectJobTokenScopesArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectJobTokenScopesArgs | ProjectJobTokenScopesState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectJobTokenScopesState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectJobTokenScopes {
    return new ProjectJobTokenScopes(name, state as ProjectJobTokenScopesArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectJobTokenScopes {
    return GitlabResource.isOfType(value, definition.type);
  }
}
