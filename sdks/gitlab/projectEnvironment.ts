import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";

/** Arguments of {@link ProjectEnvironment}. */
export interface ProjectEnvironmentArgs {
  /** When the environment stops by itself: `always` or `with_action`. */
  readonly autoStopSetting?: pulumi.Input<string | undefined>;
  /** Number of the cluster agent. */
  readonly clusterAgentId?: pulumi.Input<number | undefined>;
  /** Free text. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Address of what is deployed. */
  readonly externalUrl?: pulumi.Input<string | undefined>;
  /** Flux resource to associate. */
  readonly fluxResourcePath?: pulumi.Input<string | undefined>;
  /** Kubernetes namespace to associate. */
  readonly kubernetesNamespace?: pulumi.Input<string | undefined>;
  /** Name. */
  readonly name?: pulumi.Input<string | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Whether to stop the environment before it is removed. */
  readonly stopBeforeDestroy?: pulumi.Input<boolean | undefined>;
  /** `production`, `staging`, `testing`, `development` or `other`. */
  readonly tier?: pulumi.Input<string | undefined>;
}

/** What {@link ProjectEnvironment.get} may know of an existing resource. */
export interface ProjectEnvironmentState extends Partial<ProjectEnvironmentArgs> {
  /** When it stops by itself, ISO 8601. */
  readonly autoStopAt?: pulumi.Input<string | undefined>;
  /** Time of creation, ISO 8601. */
  readonly createdAt?: pulumi.Input<string | undefined>;
  /** Name in a form fit for addresses. */
  readonly slug?: pulumi.Input<string | undefined>;
  /** `available` or `stopped`. */
  readonly state?: pulumi.Input<string | undefined>;
  /** Time of the last change, ISO 8601. */
  readonly updatedAt?: pulumi.Input<string | undefined>;
}

const definition: ResourceDefinition<ProjectEnvironmentArgs, ProjectEnvironmentState> = {
  type: "gitlab:index/projectEnvironment:ProjectEnvironment",
  inputs: {
    autoStopSetting: "optional",
    clusterAgentId: "optional",
    description: "optional",
    externalUrl: "optional",
    fluxResourcePath: "optional",
    kubernetesNamespace: "optional",
    name: "optional",
    project: "required",
    stopBeforeDestroy: "optional",
    tier: "optional",
  },
  outputs: ["autoStopAt", "createdAt", "slug", "state", "updatedAt"],
  secretInputs: [],
  secretOutputs: [],
};

/** A deployment environment of a project. */
export class ProjectEnvironment extends GitlabResource {
  /** When it stops by itself, ISO 8601. */
  declare public readonly autoStopAt: pulumi.Output<string>;
  /** When the environment stops by itself: `always` or `with_action`. */
  declare public readonly autoStopSetting: pulumi.Output<string>;
  /** Number of the cluster agent. */
  declare public readonly clusterAgentId: pulumi.Output<number | undefined>;
  /** Time of creation, ISO 8601. */
  declare public readonly createdAt: pulumi.Output<string>;
  /** Free text. */
  declare public readonly description: pulumi.Output<string>;
  /** Address of what is deployed. */
  declare public readonly externalUrl: pulumi.Output<string>;
  /** Flux resource to associate. */
  declare public readonly fluxResourcePath: pulumi.Output<string>;
  /** Kubernetes namespace to associate. */
  declare public readonly kubernetesNamespace: pulumi.Output<string>;
  /** Name. */
  declare public readonly name: pulumi.Output<string>;
  /** Project, by number or full path. */
  declare public readonly project: pulumi.Output<string>;
  /** Name in a form fit for addresses. */
  declare public readonly slug: pulumi.Output<string>;
  /** `available` or `stopped`. */
  declare public readonly state: pulumi.Output<string>;
  /** Whether to stop the environment before it is removed. */
  declare public readonly stopBeforeDestroy: pulumi.Output<boolean>;
  /** `production`, `staging`, `testing`, `development` or `other`. */
  declare public readonly tier: pulumi.Output<string>;
  /** Time of the last change, ISO 8601. */
  declare public readonly updatedAt: pulumi.Output<string>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectEnvironmentArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: ProjectEnvironmentArgs | ProjectEnvironmentState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ProjectEnvironmentState,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectEnvironment {
    return new ProjectEnvironment(name, state as ProjectEnvironmentArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is ProjectEnvironment {
    return GitlabResource.isOfType(value, definition.type);
  }
}
