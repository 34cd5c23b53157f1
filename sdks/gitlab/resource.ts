import * as pulumi from "@pulumi/pulumi";
import manifest from "./package.json" with { type: "json" };

/** Keys of T that must be given. */
export type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** What the published provider's schema says of one resource. */
interface ResourceDefinition {
  /** Type token: `gitlab:index/userRunner:UserRunner`. */
  readonly type: string;
  /** Arguments that must be given. */
  readonly required: readonly string[];
  /** Properties that only the provider sets. */
  readonly outputs: readonly string[];
  /** Outputs that are secret in state and logs. */
  readonly secretOutputs: readonly string[];
}

/** Version of the provider this package speaks to; the engine loads the plugin by it. */
const { version } = manifest;

/** Calls a function of the provider; rejects where GitLab answers with an error. */
export function invoke<Result>(token: string, args: object, opts?: pulumi.InvokeOptions): Promise<Result> {
  return pulumi.runtime.invoke(token, { ...args }, { version, ...opts });
}

/** What all resources of this package have in common; use the classes derived from it. */
export abstract class GitlabResource extends pulumi.CustomResource {
  /** @throws Error naming the first required argument that is missing. */
  constructor(
    name: string,
    args: object,
    opts: pulumi.CustomResourceOptions | undefined,
    { type, required, outputs, secretOutputs }: ResourceDefinition,
  ) {
    const given: pulumi.Inputs = { ...args };
    const missing = required.find((property) => given[property] === undefined);
    if (missing !== undefined) throw new Error(`Missing required property '${missing}'`);
    // Listed without a value, so that the engine makes an output of each.
    const listed = Object.fromEntries(outputs.map((property) => [property, undefined]));
    const own = { version, additionalSecretOutputs: [...secretOutputs] };
    // Pulumi writes down a stack trace for each property, for PULUMI_DEBUG_PROMISE_LEAKS alone. That would be most of
    // what a resource costs.
    const { stackTraceLimit } = Error;
    if (process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) Error.stackTraceLimit = 0;
    try {
      super(type, name, { ...given, ...listed }, pulumi.mergeOptions(own, opts));
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}
