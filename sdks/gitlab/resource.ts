import * as pulumi from "@pulumi/pulumi";
import manifest from "./package.json" with { type: "json" };

/** Keys of T that must be given. */
type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/**
 * What the provider's schema says of one resource; facts from the schema of the published provider.
 *
 * The types make the compiler hold it against the arguments: no input can be forgotten, none made optional by mistake.
 */
export interface ResourceDefinition<Args, State extends Partial<Args>> {
  /** Type token: `gitlab:index/userRunner:UserRunner`. */
  readonly type: string;
  readonly inputs: {
    readonly [K in keyof Args]-?: K extends RequiredKeys<Args> ? "required" : "optional";
  };
  /** Properties that only the provider sets. */
  readonly outputs: readonly Exclude<keyof State, keyof Args>[];
  /** Inputs that are made secret whether the caller did so or not. */
  readonly secretInputs: readonly (keyof Args)[];
  /** Outputs that are secret in state and logs. */
  readonly secretOutputs: readonly (keyof State)[];
}

/** {@link ResourceDefinition}, its property names no longer checked. */
interface AnyDefinition {
  readonly type: string;
  readonly inputs: Readonly<Record<string, "required" | "optional">>;
  readonly outputs: readonly PropertyKey[];
  readonly secretInputs: readonly PropertyKey[];
  readonly secretOutputs: readonly PropertyKey[];
}

/** Version of the provider this package speaks to; the engine loads the plugin by it. */
export const version: string = manifest.version;

/** Options of an invoke, with this package's provider version where the caller names none. */
export function invokeOptions<Options extends { version?: string }>(opts: Options | undefined): Options {
  return { version, ...opts } as Options;
}

/** What all resources of this package have in common; use the classes derived from it. */
export abstract class GitlabResource extends pulumi.CustomResource {
  /** @throws Error naming the first required argument that is missing. */
  constructor(
    definition: AnyDefinition,
    name: string,
    argsOrState: object | undefined,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    const given = { ...argsOrState } as Record<string, unknown>;
    // An id means that state is read, a URN that it is rehydrated: neither brings arguments.
    if (opts.id === undefined && opts.urn === undefined) checkRequired(definition, given);
    const own = { version, ...definedOnly(opts) };
    super(
      definition.type,
      name,
      properties(definition, given, opts.id !== undefined),
      definition.secretOutputs.length === 0
        ? own
        : pulumi.mergeOptions(own, { additionalSecretOutputs: [...definition.secretOutputs] as string[] }),
    );
  }

  /** Whether a value is a resource of that type token. */
  protected static isOfType(value: unknown, type: string): boolean {
    return (
      typeof value === "object" &&
      value !== null &&
      (value as { readonly __pulumiType?: string }).__pulumiType === type
    );
  }
}

function checkRequired(definition: AnyDefinition, args: Readonly<Record<string, unknown>>): void {
  for (const [property, need] of Object.entries(definition.inputs)) {
    if (need === "required" && args[property] === undefined) {
      throw new Error(`Missing required property '${property}'`);
    }
  }
}

/** Every property of the schema, undefined where unset: the engine makes an output of each. */
function properties(
  definition: AnyDefinition,
  given: Readonly<Record<string, unknown>>,
  isRead: boolean,
): pulumi.Inputs {
  const result: pulumi.Inputs = {};
  for (const property of Object.keys(definition.inputs)) {
    const value = given[property];
    const conceal = definition.secretInputs.includes(property) && value !== undefined;
    result[property] = conceal ? pulumi.secret(value) : value;
  }
  for (const property of definition.outputs) {
    result[String(property)] = isRead ? given[String(property)] : undefined;
  }
  return result;
}

/** An option that is present but undefined must not hide this package's version. */
function definedOnly<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
