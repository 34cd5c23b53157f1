import * as pulumi from "@pulumi/pulumi";
import { version } from "./resource.ts";

/** Arguments of {@link Provider}. Each has an environment variable or a `gitlab:` configuration key besides. */
export interface ProviderArgs {
  /** Base of the REST API, with the slash at its end: `https://gitlab.example.com/api/v4/`. */
  readonly baseUrl?: pulumi.Input<string | undefined>;
  /** File with the certificate of the authority that signed GitLab's. */
  readonly cacertFile?: pulumi.Input<string | undefined>;
  /** File with the client's certificate. */
  readonly clientCert?: pulumi.Input<string | undefined>;
  /** File with the client's key. */
  readonly clientKey?: pulumi.Input<string | undefined>;
  /** Configuration file of GitLab's command-line client. */
  readonly configFile?: pulumi.Input<string | undefined>;
  /** Context within `configFile`. */
  readonly context?: pulumi.Input<string | undefined>;
  /** Whether the token is tried before anything else. */
  readonly earlyAuthCheck?: pulumi.Input<boolean | undefined>;
  /** Whether the job's own token and address are used inside GitLab CI. */
  readonly enableAutoCiSupport?: pulumi.Input<boolean | undefined>;
  /** Extra headers of every request. */
  readonly headers?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
  /** Whether GitLab's certificate goes unchecked. */
  readonly insecure?: pulumi.Input<boolean | undefined>;
  /** How often a request that failed for a passing reason is tried again. */
  readonly retries?: pulumi.Input<number | undefined>;
  /** Access token. Secret. */
  readonly token?: pulumi.Input<string | undefined>;
}

const type = "gitlab";

/** An explicit connection to one GitLab, for resources that are not to use the stack's own configuration. */
export class Provider extends pulumi.ProviderResource {
  declare public readonly baseUrl: pulumi.Output<string | undefined>;
  declare public readonly cacertFile: pulumi.Output<string | undefined>;
  declare public readonly clientCert: pulumi.Output<string | undefined>;
  declare public readonly clientKey: pulumi.Output<string | undefined>;
  declare public readonly configFile: pulumi.Output<string | undefined>;
  declare public readonly context: pulumi.Output<string | undefined>;
  /** Secret. */
  declare public readonly token: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProviderArgs = {}, opts: pulumi.ResourceOptions = {}) {
    super(
      type,
      name,
      {
        baseUrl: args.baseUrl,
        cacertFile: args.cacertFile,
        clientCert: args.clientCert,
        clientKey: args.clientKey,
        configFile: args.configFile,
        context: args.context,
        earlyAuthCheck: asJson(args.earlyAuthCheck),
        enableAutoCiSupport: asJson(args.enableAutoCiSupport),
        headers: asJson(args.headers),
        insecure: asJson(args.insecure),
        retries: asJson(args.retries),
        token: args.token === undefined ? undefined : pulumi.secret(args.token),
      },
      pulumi.mergeOptions({ version, ...opts }, { additionalSecretOutputs: ["token"] }),
    );
  }

  /** Whether a value is one of these, even where the package is loaded twice. */
  static override isInstance(value: unknown): value is Provider {
    return (
      typeof value === "object" &&
      value !== null &&
      (value as { readonly __pulumiType?: string }).__pulumiType === `pulumi:providers:${type}`
    );
  }
}

/** Provider configuration is strings on the wire; anything else travels as JSON. */
function asJson<T>(value: pulumi.Input<T>): pulumi.Output<string | undefined> {
  return pulumi
    .output(value)
    .apply((plain: pulumi.Unwrap<T>) => (plain === undefined ? undefined : JSON.stringify(plain)));
}
