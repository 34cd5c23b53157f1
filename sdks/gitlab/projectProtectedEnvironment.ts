import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link ProjectProtectedEnvironment}. */
export interface ProjectProtectedEnvironmentArgs {
  /** Who must approve a deployment. */
  readonly approvalRules?: pulumi.Input<
    pulumi.Input<inputs.ProjectProtectedEnvironmentApprovalRule>[] | undefined
  >;
  /** Who may deploy. */
  readonly deployAccessLevelsAttributes?: pulumi.Input<
    pulumi.Input<inputs.ProjectProtectedEnvironmentDeployAccessLevelsAttribute>[] | undefined
  >;
  /** The environment's name. */
  readonly environment: pulumi.Input<string>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
}

/** What {@link ProjectProtectedEnvironment.get} may know of an existing resource. */
export type ProjectProtectedEnvironmentState = Partial<ProjectProtectedEnvironmentArgs>;

const definition: ResourceDefinition<ProjectProtectedEnvironmentArgs, ProjectProtectedEnvironmentState> = {
  type: "gitlab:index/projectProtectedEnvironment:ProjectProtectedEnvironment",
  inputs: {
    approvalRules: "optional",
    deployAccessLevelsAttributes: "optional",
    environment: "required",
    project: "required",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** Who may deploy to an environment, and who approves. */
export class ProjectProtectedEnvironment extends GitlabResource {
  /** Who must approve a deployment. */
  declare public readonly approvalRules: pulumi.Output<outputs.ProjectProtectedEnvironmentApprovalRule[]>;
  /** Who may deploy. */
  declare public readonly deployAccessLevelsAttributes: pulumi.Output<
    outputs.ProjectProtectedEnvironmentDeployAccessLevelsAttribute[] | undefined
  >;
  /** The environment's name. */
  declare public readonly environment: pulumi.Output<string>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectProtectedEnvironmentArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectProtectedEnvironmentArgs | ProjectProtectedEnvironmentState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectProtectedEnvironmentState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectProtectedEnvironment {
    return new ProjectProtectedEnvironment(name, state as ProjectProtectedEnvironmentArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectProtectedEnvironment {
    return GitlabResource.isOfType(value, definition.type);
  }
}
