/** GitLab's address, and how a program calls its API. */
import type { Output } from "@pulumi/pulumi";
import { Config } from "@pulumi/pulumi/config.js";

/**
 * GitLab's own address from the address of its API.
 * @see https://www.pulumi.com/registry/packages/gitlab/installation-configuration/
 */
export function gitlabUrlOf(baseUrl: string | undefined): string {
  return (baseUrl ?? "https://gitlab.com").replace(/\/+$/, "").replace(/\/api\/v4$/, "");
}

/** What a program needs to call GitLab's API itself, without the provider. */
export interface GitlabAccess {
  /** Without a `/` at its end: `https://gitlab.example.com/api/v4`. */
  readonly api: string;
  /** None where the environment has it, as GITLAB_TOKEN. */
  readonly token: Output<string> | undefined;
  /** File of a private CA's certificate. */
  readonly caFile: string | undefined;
}

/**
 * The GitLab provider's own settings.
 * @see https://www.pulumi.com/registry/packages/gitlab/installation-configuration/
 */
export function gitlabAccess({ gitlabUrl }: { readonly gitlabUrl: string }): GitlabAccess {
  const provider = new Config("gitlab");
  return {
    api: `${gitlabUrl}/api/v4`,
    token: provider.getSecret("token"),
    caFile: provider.get("cacertFile"),
  };
}
