/** Jobs push to Artifact Registry under their own identity: GitLab's ID token proves it, and there is no stored key. */
import { RepositoryIamMember } from "@pulumi/gcp/artifactregistry/repositoryIamMember.js";
import { WorkloadIdentityPool } from "@pulumi/gcp/iam/workloadIdentityPool.js";
import { WorkloadIdentityPoolProvider } from "@pulumi/gcp/iam/workloadIdentityPoolProvider.js";
import type { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import type { Owner } from "../../owner.ts";
import type { FleetCommon } from "../common.ts";
import type { FleetArgs } from "../kind.ts";
import type { GcpConfig } from "./schema.ts";

/**
 * Claims of GitLab's ID tokens by the attributes that Google knows. `sub` is not among them: with a long branch it has
 * more than the 127 characters that Google takes.
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
 * @see https://cloud.google.com/iam/docs/workload-identity-federation#mapping
 */
const ATTRIBUTES = {
  "google.subject": '"project:" + assertion.project_id + ":job:" + assertion.job_id',
  "attribute.namespace_path": "assertion.namespace_path",
  "attribute.project_path": "assertion.project_path",
  "attribute.ref_protected": "assertion.ref_protected",
};

/**
 * Whose tokens are taken at all, in Google's expression language: the jobs of the fleet's scope. A project is told by
 * its number, too, since a path can become another project's; of groups above a project the token has paths alone.
 *
 * @throws Error for a whole instance: every user with an account there could push.
 * @see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions
 */
export function attributeCondition(scope: FleetCommon["scope"], owner: Owner): string {
  if ("project" in scope && owner.runnerType === "project_type")
    return `assertion.project_id == "${owner.projectId}" && assertion.project_path == ${JSON.stringify(scope.project)}`;
  if ("group" in scope) {
    const [group, below] = [scope.group, `${scope.group}/`].map((path) => JSON.stringify(path));
    return `assertion.namespace_path == ${group} || assertion.namespace_path.startsWith(${below})`;
  }
  throw new Error("artifactRegistry with scope { instance: true }: this is a bug in the program");
}

/** `projects/acme-ci/locations/europe-west1/repositories/images` in its parts. */
function repositoryOf(name: string): { project: string; location: string; repository: string } {
  const [, project, , location, , repository] = name.split("/");
  if (project === undefined || location === undefined || repository === undefined)
    throw new Error(`${name} is not the full name of a repository: this is a bug in the program`);
  return { project, location, repository };
}

export interface PushAccessArgs {
  readonly gitlabUrl: string;
  readonly scope: FleetCommon["scope"];
  /** What GitLab says of the scope. */
  readonly owner: Owner;
  /** Full name of the repository: `projects/…/locations/…/repositories/…`. */
  readonly repository: string;
  /** Number of the fleet's service account, which no other has or had. */
  readonly uniqueId: pulumi.Input<string>;
}

/**
 * A workload identity pool that trusts this GitLab for the fleet's scope, and its members' right to push.
 *
 * @example
 * const push = new PushAccess("linux-push", { gitlabUrl, scope, owner, repository, uniqueId: account.uniqueId }, { parent });
 * @see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#gitlab-saas
 */
export class PushAccess extends pulumi.ComponentResource {
  /** What a project's `registry.artifactRegistry.workloadIdentityProvider` takes. */
  readonly provider: pulumi.Output<string>;

  constructor(name: string, args: PushAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:PushAccess", name, {}, opts);
    const pool = new WorkloadIdentityPool(
      `${name}-pool`,
      {
        // A deleted pool keeps its name for 30 days, so a name is used once.
        workloadIdentityPoolId: pulumi.interpolate`gitlab-${args.uniqueId}`,
        description: "Jobs of GitLab, as buildx-runners lets them push.",
      },
      { parent: this },
    );
    const provider = new WorkloadIdentityPoolProvider(
      `${name}-provider`,
      {
        workloadIdentityPoolId: pool.workloadIdentityPoolId,
        workloadIdentityPoolProviderId: "gitlab",
        attributeMapping: ATTRIBUTES,
        attributeCondition: attributeCondition(args.scope, args.owner),
        // Without audiences of its own it takes its own name, and the pipeline's tokens are for that.
        oidc: { issuerUri: args.gitlabUrl },
      },
      { parent: this },
    );
    new RepositoryIamMember(
      `${name}-writer`,
      {
        ...repositoryOf(args.repository),
        role: "roles/artifactregistry.writer",
        member: pulumi.interpolate`principalSet://iam.googleapis.com/${pool.name}/*`,
      },
      { parent: this },
    );
    this.provider = provider.name;
    this.registerOutputs({ provider: this.provider });
  }
}

/**
 * The right to push of a fleet that asks for it.
 *
 * @param registry the fleet's `artifactRegistry`; nothing is made without it.
 * @param account the fleet's service account, for a number that no other has.
 */
export const pushAccess = (
  name: string,
  { config, fleet, owner }: FleetArgs,
  registry: GcpConfig["artifactRegistry"],
  { uniqueId }: Account,
  opts: pulumi.ComponentResourceOptions,
): PushAccess | undefined =>
  registry &&
  new PushAccess(
    name,
    { gitlabUrl: config.gitlabUrl, scope: fleet.scope, owner, repository: registry.repository, uniqueId },
    opts,
  );
