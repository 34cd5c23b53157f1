/** What two stacks cannot both have: a table of configuration keys. Secrets are known by their shape, and are not in it. */

import type { Treatment } from "../runner/fleets/kind.ts";
import { FLEET_KEYS, kindOf } from "../runner/fleets/kinds.ts";

const registry = (prefix: string): Record<string, Treatment> => ({
  [`${prefix}.image`]: {
    ask: "a repository that only NAME uses: two stacks in one repository would move each other's latest",
  },
  [`${prefix}.artifactRegistry.image`]: { ask: "a repository of Artifact Registry that only NAME uses" },
  [`${prefix}.artifactRegistry.workloadIdentityProvider`]: {
    ask: "the identity provider that trusts the jobs of NAME's project",
  },
  [`${prefix}.artifactRegistry.serviceAccount`]: { ask: "the service account of NAME's jobs" },
  [`${prefix}.ecr.image`]: { ask: "a registry and prefix that only NAME uses" },
  [`${prefix}.ecr.role`]: { ask: "the role that the jobs of NAME's project may assume" },
});

const fleets = Object.fromEntries(
  FLEET_KEYS.flatMap((kind) =>
    Object.entries(kindOf({ kind }).perStack).map(([path, treatment]) => [
      `fleets[].${kind}${path}`,
      treatment,
    ]),
  ),
);

/**
 * By key: ours without their namespace, providers' with it; `[]` stands for every entry of a list.
 *
 * Names in a cloud are made from the stack's, and hosts, accounts and variables are found by what is asked for here.
 */
export const PER_STACK: Readonly<Record<string, Treatment>> = {
  "gcp:project": { ask: "the Google Cloud project of NAME" },
  "fleets[].scope.project": { ask: "the project whose jobs the fleet takes" },
  "fleets[].tags[]": { suffix: true },
  ...fleets,
  "projects[].path": { ask: "the project that NAME builds: a project belongs to one stack only" },
  "projects[].adopt": { set: false },
  ...registry("projects[].registry"),
  ...registry("projects[].mirrors[]"),
  "projects[].backup.bucket": { ask: "a bucket that only NAME uses" },
  "projects[].backup.accessKeyId": { ask: "the id of a key for that bucket only" },
  "projects[].signing.kms": { ask: "a key that only NAME uses" },
  "projects[].signing.publicKey": { ask: "the public key of that key" },
};
