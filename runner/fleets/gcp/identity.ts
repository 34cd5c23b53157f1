/** A machine's identity in Google Cloud, and its few rights. */
import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";

/**
 * What every machine may do in the project: write what it has to say, and read nothing.
 * @see https://cloud.google.com/logging/docs/access-control#logging.logWriter
 * @see https://cloud.google.com/monitoring/access-control#monitoring.metricWriter
 */
const PROJECT_ROLES = [
  { part: "logs", role: "roles/logging.logWriter" },
  { part: "metrics", role: "roles/monitoring.metricWriter" },
] as const;

export interface GcpIdentityArgs {
  /** As {@link accountId} gives it. */
  readonly accountId: string;
  readonly description: string;
}

/**
 * A service account of its own. Its rights are given one member at a time: a binding or a policy would take the same
 * role from all other members in the project.
 *
 * @example
 * const identity = new GcpIdentity("linux-identity", { accountId: accountId(stack, fleet), description }, { parent });
 */
export class GcpIdentity extends pulumi.ComponentResource {
  readonly account: Account;
  readonly email: pulumi.Output<string>;
  /** As IAM writes it: `serviceAccount:…`. */
  readonly member: pulumi.Output<string>;

  constructor(name: string, args: GcpIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:GcpIdentity", name, {}, opts);
    this.account = new Account(
      name,
      { accountId: args.accountId, displayName: args.description },
      { parent: this },
    );
    this.email = this.account.email;
    this.member = this.account.member;
    for (const { part, role } of PROJECT_ROLES)
      new IAMMember(
        `${name}-${part}`,
        { project: this.account.project, role, member: this.member },
        { parent: this },
      );
    this.registerOutputs({ email: this.email });
  }
}
