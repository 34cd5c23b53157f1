/** What two stacks cannot both have: a table of configuration keys. Secrets are known by their shape, and are not in it. */

/** What becomes of a value in a new stack. */
export type Treatment =
  /** A person fills it in; the words say what belongs there, with the stack's name as NAME. */
  | { readonly ask: string }
  /** It was about one stack's own past. */
  | { readonly drop: true }
  | { readonly set: boolean }
  /** Tags of runners: with the stack's name at their end, so that no other stack's runner takes a job. */
  | { readonly suffix: true };

const registry = (prefix: string): Record<string, Treatment> => ({
  [`${prefix}.image`]: {
    ask: "a repository of NAME's own: two stacks in one would move each other's latest",
  },
  [`${prefix}.artifactRegistry.image`]: { ask: "a repository of Artifact Registry of NAME's own" },
  [`${prefix}.artifactRegistry.workloadIdentityProvider`]: {
    ask: "the provider that trusts the jobs of NAME's project",
  },
  [`${prefix}.artifactRegistry.serviceAccount`]: { ask: "the service account of NAME's jobs" },
  [`${prefix}.ecr.image`]: { ask: "a registry and prefix of NAME's own" },
  [`${prefix}.ecr.role`]: { ask: "the role that the jobs of NAME's project may assume" },
});

const cloudFleet = (kind: string): Record<string, Treatment> => ({
  [`fleets[].${kind}.artifactRegistry.repository`]: {
    ask: "a repository of Artifact Registry of NAME's own",
  },
});

/**
 * By key: ours without their namespace, providers' with it; `[]` stands for every entry of a list.
 *
 * Names in a cloud are made from the stack's, and hosts, accounts and variables are found by what is asked for here.
 */
export const PER_STACK: Readonly<Record<string, Treatment>> = {
  "gcp:project": { ask: "the Google Cloud project of NAME" },
  "fleets[].scope.project": { ask: "the project whose jobs the fleet takes" },
  "fleets[].tags[]": { suffix: true },
  "fleets[].hosts[].address": { ask: "the machine's name or IP address" },
  "fleets[].hosts[].hostKey": {
    ask: "the machine's public key: cat /etc/ssh/ssh_host_ed25519_key.pub on it",
  },
  "fleets[].hosts[].gone": { drop: true },
  "fleets[].hosts[].takeOver": { drop: true },
  ...cloudFleet("gcp"),
  ...cloudFleet("gcpAutoscaler"),
  "projects[].path": { ask: "the project that NAME builds: a project belongs to one stack" },
  "projects[].adopt": { set: false },
  ...registry("projects[].registry"),
  ...registry("projects[].mirrors[]"),
  "projects[].backup.bucket": { ask: "a bucket of NAME's own" },
  "projects[].backup.accessKeyId": { ask: "the id of a key for that bucket alone" },
  "projects[].signing.kms": { ask: "a key of NAME's own" },
  "projects[].signing.publicKey": { ask: "the public key of NAME's own key" },
};
