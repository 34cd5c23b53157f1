import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link ProjectRunnerEnablement}. */
export interface ProjectRunnerEnablementArgs {
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** The runner's number. */
  readonly runnerId: pulumi.Input<number>;
}

/** What {@link ProjectRunnerEnablement.get} may know of an existing resource. */
export type ProjectRunnerEnablementState = Partial<ProjectRunnerEnablementArgs>;

const definition: ResourceDefinition<ProjectRunnerEnablementArgs, ProjectRunnerEnablementState> = {
  type: "gitlab:index/projectRunnerEnablement:ProjectRunnerEnablement",
  inputs: {
    project: "required",
    runnerId: "required",
  },
  outputs: [],
  secretInputs: [],
  secretOutputs: [],
};

/** Gives a project the use of a project runner that belongs to another project. */
export class ProjectRunnerEnablement extends GitlabResource {
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** The runner's number. */
  declare public readonly runnerId: pulumi.Output<number>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectRunnerEnablementArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectRunnerEnablementArgs | ProjectRunnerEnablementState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectRunnerEnablementState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectRunnerEnablement {
    return new ProjectRunnerEnablement(name, state as ProjectRunnerEnablementArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectRunnerEnablement {
    return GitlabResource.isOfType(value, definition.type);
  }
}
