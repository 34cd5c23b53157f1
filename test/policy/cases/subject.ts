/** What cases are made of. */
import type { Kind, Kinds } from "../../../policy/kinds.ts";
import type { Resource, RuleConfig } from "../../../policy/rule.ts";

/** A resource that is refused, and the property at fault. */
export interface Refused {
  readonly resource: Resource;
  readonly where: string;
  readonly config?: RuleConfig;
}

export interface Passed {
  readonly resource: Resource;
  readonly config?: RuleConfig;
}

export interface Cases {
  readonly refuses: readonly Refused[];
  readonly passes: readonly Passed[];
}

export const plain = (type: string, props: object, secretOutputs: readonly string[] = []): Resource => ({
  type,
  name: "subject",
  props: { ...props },
  secretOutputs,
});

/** With the provider's own types, so that a case cannot be about a property that does not exist. */
export const a = <K extends Kind>(type: K, props: Kinds[K], secretOutputs?: readonly string[]): Resource =>
  plain(type, props, secretOutputs);

export const OWN = "linux@acme-ci.iam.gserviceaccount.com";
export const DEFAULT = "123456789012-compute@developer.gserviceaccount.com";
export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

export const TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate";
export const GLOBAL_TEMPLATE = "gcp:compute/instanceTemplate:InstanceTemplate";
export const INSTANCE = "gcp:compute/instance:Instance";
export const GROUP = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager";
export const ZONAL_GROUP = "gcp:compute/instanceGroupManager:InstanceGroupManager";
export const FIREWALL = "gcp:compute/firewall:Firewall";
export const RUNNER = "gitlab:index/userRunner:UserRunner";
export const VARIABLE = "gitlab:index/projectVariable:ProjectVariable";
export const FILE = "gitlab:index/repositoryFile:RepositoryFile";
export const SECRET_MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember";
export const PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember";
export const POLICY = "gcp:storage/bucketIAMPolicy:BucketIAMPolicy";

/** None of these is a credential: they only look like some. */
export const RUNNER_TOKEN = `glrt-${"x".repeat(20)}`;
export const ACCESS_TOKEN = `glpat-${"x".repeat(20)}`;
export const PRIVATE_KEY = `-----BEGIN OPENSSH ${"PRIVATE"} KEY-----\nb3BlbnNzaA\n`;
