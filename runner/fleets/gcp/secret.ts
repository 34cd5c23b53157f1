/** Runner tokens on their way to machines: in Secret Manager, readable by one account. */
import { Secret } from "@pulumi/gcp/secretmanager/secret.js";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember.js";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import { type Runner, registrationOf } from "../../user-runners.ts";
import { REPLACEABLE } from "./protection.ts";

export interface TokenSecretArgs {
  readonly runners: readonly Runner[];
  /** The account that reads it, as IAM writes it. */
  readonly reader: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * One secret for a fleet. Another token makes another version: the old one is destroyed at the end of the run, when
 * the group names the new one and its machines have been told.
 *
 * @example
 * const secret = new TokenSecret("linux-tokens", { runners, reader: identity.member, labels }, { parent });
 * @see https://cloud.google.com/secret-manager/docs/best-practices
 */
export class TokenSecret extends pulumi.ComponentResource {
  /** `projects/…/secrets/…/versions/3`. Never `latest`: a machine is told of a change by another name. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: TokenSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:TokenSecret", name, {}, opts);
    const secret = new Secret(
      name,
      { replication: { auto: {} }, labels: { ...args.labels } },
      { parent: this },
    );
    new SecretIamMember(
      `${name}-reader`,
      { secretId: secret.id, role: "roles/secretmanager.secretAccessor", member: args.reader },
      { parent: this },
    );
    const version = new SecretVersion(
      `${name}-version`,
      {
        secret: secret.id,
        secretData: registrationOf(args.runners),
        // Disabled versions would keep working tokens for good.
        deletionPolicy: "DELETE",
      },
      { parent: this, ...REPLACEABLE, deleteBeforeReplace: false, additionalSecretOutputs: ["secretData"] },
    );
    this.version = version.name;
    this.registerOutputs({ version: this.version });
  }
}
