import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type ResourceDefinition } from "./resource.ts";
import type * as inputs from "./types/input.ts";
import type * as outputs from "./types/output.ts";

/** Arguments of {@link GroupAccessToken}. */
export interface GroupAccessTokenArgs {
  /**
   * Role of the token's bot user: `no one`, `minimal`, `guest`, `planner`, `reporter`, `developer`,
   * `maintainer`, `owner`.
   */
  readonly accessLevel?: pulumi.Input<string | undefined>;
  /** Free text. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Last day, `YYYY-MM-DD`. */
  readonly expiresAt?: pulumi.Input<string | undefined>;
  /** Group, by number or full path. */
  readonly group: pulumi.Input<string>;
  /** Name. */
  readonly name?: pulumi.Input<string | undefined>;
  /** When the token renews itself. */
  readonly rotationConfiguration?: pulumi.Input<inputs.GroupAccessTokenRotationConfiguration | undefined>;
  /**
   * What the token may do: `api`, `read_api`, `read_repository`, `write_repository`, `read_registry`,
   * `write_registry`, …
   */
  readonly scopes: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether a date in the past is an error. */
  readonly validatePastExpirationDate?: pulumi.Input<boolean | undefined>;
}

/** What {@link GroupAccessToken.get} may know of an existing resource. */
export interface GroupAccessTokenState extends Partial<GroupAccessTokenArgs> {
  /** Whether the token works. */
  readonly active?: pulumi.Input<boolean | undefined>;
  /** Time of creation, ISO 8601. */
  readonly createdAt?: pulumi.Input<string | undefined>;
  /** Whether the token was revoked. */
  readonly revoked?: pulumi.Input<boolean | undefined>;
  /** The token. Secret. */
  readonly token?: pulumi.Input<string | undefined>;
  /** Number of the user. */
  readonly userId?: pulumi.Input<number | undefined>;
}

const definition: ResourceDefinition<GroupAccessTokenArgs, GroupAccessTokenState> = {
  type: "gitlab:index/groupAccessToken:GroupAccessToken",
  inputs: {
    accessLevel: "optional",
    description: "optional",
    expiresAt: "optional",
    group: "required",
    name: "optional",
    rotationConfiguration: "optional",
    scopes: "required",
    validatePastExpirationDate: "optional",
  },
  outputs: ["active", "createdAt", "revoked", "token", "userId"],
  secretInputs: [],
  secretOutputs: ["token"],
};

/** An access token of a group, with a bot user of its own. */
export class GroupAccessToken extends GitlabResource {
  /**
   * Role of the token's bot user: `no one`, `minimal`, `guest`, `planner`, `reporter`, `developer`,
   * `maintainer`, `owner`.
   */
  declare public readonly accessLevel: pulumi.Output<string>;
  /** Whether the token works. */
  declare public readonly active: pulumi.Output<boolean>;
  /** Time of creation, ISO 8601. */
  declare public readonly createdAt: pulumi.Output<string>;
  /** Free text. */
  declare public readonly description: pulumi.Output<string>;
  /** Last day, `YYYY-MM-DD`. */
  declare public readonly expiresAt: pulumi.Output<string>;
  /** Group, by number or full path. */
  declare public readonly group: pulumi.Output<string>;
  /** Name. */
  declare public readonly name: pulumi.Output<string>;
  /** Whether the token was revoked. */
  declare public readonly revoked: pulumi.Output<boolean>;
  /** When the token renews itself. */
  declare public readonly rotationConfiguration: pulumi.Output<
    outputs.GroupAccessTokenRotationConfiguration | undefined
  >;
  /**
   * What the token may do: `api`, `read_api`, `read_repository`, `write_repository`, `read_registry`,
   * `write_registry`, …
   */
  declare public readonly scopes: pulumi.Output<string[]>;
  /** The token. Secret. */
  declare public readonly token: pulumi.Output<string>;
  /** Number of the user. */
  declare public readonly userId: pulumi.Output<number>;
  /** Whether a date in the past is an error. */
  declare public readonly validatePastExpirationDate: pulumi.Output<boolean>;

  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: GroupAccessTokenArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: GroupAccessTokenArgs | GroupAccessTokenState,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(definition, name, argsOrState, opts);
  }

  /** The existing resource of that provider id, read and not managed. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: GroupAccessTokenState,
    opts?: pulumi.CustomResourceOptions,
  ): GroupAccessToken {
    return new GroupAccessToken(name, state as GroupAccessTokenArgs, { ...opts, id });
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is GroupAccessToken {
    return GitlabResource.isOfType(value, definition.type);
  }
}
