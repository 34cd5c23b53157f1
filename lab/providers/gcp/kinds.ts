/**
 * The resources of the package `gcp` that this project uses: what forces another one, and what the provider tells of
 * one. No call leaves this computer.
 *
 * Which inputs force a replacement is in the schemas of the provider that @pulumi/gcp bridges, properties that have
 * `ForceNew`: https://github.com/hashicorp/terraform-provider-google-beta, google-beta/services/, read in August 2026.
 */
import { createHash, randomBytes } from "node:crypto";
import { BlockList } from "node:net";
import type { WireObject } from "../wire.ts";

/** The project in which the stand-in makes everything. */
export const PROJECT = "acme-ci";
const PROJECT_NUMBER = "123456789012";

export interface Kind {
  /** File below google-beta/services/ that the list comes from. */
  readonly source: string;
  /** Inputs whose change makes another resource; `*`: every one. */
  readonly replaceOn: readonly string[];
  /** Further inputs that may change in place: all that this project sets. */
  readonly updateOn: readonly string[];
  /** Inputs that may change in place one way and not the other. */
  readonly replaceIf?: Readonly<Record<string, (before: unknown, after: unknown) => boolean>>;
  /** Left out of the inputs, the name is made from the resource's own and seven random digits. */
  readonly autoName?: "name" | "secretId";
  /** What the provider tells beyond the inputs; `name` is what it is called in Google Cloud. */
  readonly outputs: (inputs: WireObject, name: string) => WireObject;
}

const text = (value: unknown): string => String(value ?? "");
const link = (path: string): string => `https://www.googleapis.com/compute/v1/projects/${PROJECT}/${path}`;
const region = (inputs: WireObject): string => `regions/${text(inputs.region)}`;
const global = (collection: string) => (_inputs: WireObject, name: string) => ({
  id: `projects/${PROJECT}/global/${collection}/${name}`,
  selfLink: link(`global/${collection}/${name}`),
});
const regional = (collection: string) => (inputs: WireObject, name: string) => ({
  id: `projects/${PROJECT}/${region(inputs)}/${collection}/${name}`,
  selfLink: link(`${region(inputs)}/${collection}/${name}`),
});
const zonal = (collection: string) => (inputs: WireObject, name: string) => ({
  id: `projects/${PROJECT}/zones/${text(inputs.zone)}/${collection}/${name}`,
  selfLink: link(`zones/${text(inputs.zone)}/${collection}/${name}`),
});
const nothing = () => ({});

/** A range of addresses grows in place: the new one must hold the old one. */
function contains(outer: string, inner: string): boolean {
  const [address = "", prefix = ""] = outer.split("/");
  const [first = "", length = ""] = inner.split("/");
  const range = new BlockList();
  range.addSubnet(address, Number(prefix));
  return range.check(first) && Number(prefix) <= Number(length);
}

/** A number that differs when the data does; Google counts from 1. */
const versionOf = (data: unknown): string =>
  String(Number.parseInt(createHash("sha256").update(text(data)).digest("hex").slice(0, 6), 16) + 1);

/** Of an IAM member every property is part of its identity. */
const member = (source: string): Kind => ({ source, replaceOn: ["*"], updateOn: [], outputs: nothing });

export const KINDS: Readonly<Record<string, Kind>> = {
  "gcp:compute/network:Network": {
    source: "compute/resource_compute_network.go",
    replaceOn: [
      "name",
      "autoCreateSubnetworks",
      "description",
      "internalIpv6Range",
      "networkProfile",
      "project",
    ],
    updateOn: ["routingMode", "mtu"],
    autoName: "name",
    outputs: global("networks"),
  },
  "gcp:compute/subnetwork:Subnetwork": {
    source: "compute/resource_compute_subnetwork.go",
    replaceOn: ["name", "network", "description", "region", "project"],
    updateOn: ["ipCidrRange", "privateIpGoogleAccess"],
    replaceIf: { ipCidrRange: (before, after) => !contains(text(after), text(before)) },
    autoName: "name",
    outputs: regional("subnetworks"),
  },
  "gcp:compute/router:Router": {
    source: "compute/resource_compute_router.go",
    replaceOn: ["name", "network", "region", "project"],
    updateOn: ["description"],
    autoName: "name",
    outputs: regional("routers"),
  },
  "gcp:compute/routerNat:RouterNat": {
    source: "compute/resource_compute_router_nat.go",
    replaceOn: ["name", "router", "region", "type", "project"],
    updateOn: [
      "natIpAllocateOption",
      "sourceSubnetworkIpRangesToNat",
      "subnetworks",
      "enableDynamicPortAllocation",
      "minPortsPerVm",
      "maxPortsPerVm",
      "logConfig",
    ],
    autoName: "name",
    outputs: nothing,
  },
  "gcp:compute/firewall:Firewall": {
    source: "compute/resource_compute_firewall.go",
    replaceOn: ["name", "direction", "project"],
    updateOn: [
      "network",
      "allows",
      "denies",
      "description",
      "destinationRanges",
      "sourceRanges",
      "priority",
      "targetServiceAccounts",
      "sourceTags",
      "targetTags",
    ],
    autoName: "name",
    outputs: global("firewalls"),
  },
  "gcp:compute/healthCheck:HealthCheck": {
    source: "compute/resource_compute_health_check.go",
    replaceOn: ["name", "project"],
    updateOn: ["httpHealthCheck", "checkIntervalSec", "timeoutSec", "healthyThreshold", "unhealthyThreshold"],
    autoName: "name",
    outputs: global("healthChecks"),
  },
  "gcp:compute/instanceTemplate:InstanceTemplate": {
    source: "compute/resource_compute_instance_template.go",
    replaceOn: ["*"],
    updateOn: [],
    autoName: "name",
    outputs: (inputs, name) => ({
      ...global("instanceTemplates")(inputs, name),
      selfLinkUnique: `${link(`global/instanceTemplates/${name}`)}?uniqueId=${name.slice(-7)}`,
    }),
  },
  "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": {
    source: "compute/resource_compute_region_instance_group_manager.go",
    replaceOn: [
      "name",
      "baseInstanceName",
      "region",
      "description",
      "distributionPolicyZones",
      "params",
      "project",
    ],
    updateOn: [
      "versions",
      "targetSize",
      "allInstancesConfig",
      "autoHealingPolicies",
      "instanceLifecyclePolicy",
      "updatePolicy",
      "waitForInstances",
      "waitForInstancesStatus",
    ],
    autoName: "name",
    outputs: regional("instanceGroupManagers"),
  },
  "gcp:compute/instanceGroupManager:InstanceGroupManager": {
    source: "compute/resource_compute_instance_group_manager.go",
    replaceOn: ["name", "baseInstanceName", "zone", "description", "params", "project"],
    updateOn: ["versions", "targetSize", "instanceLifecyclePolicy", "updatePolicy", "waitForInstances"],
    autoName: "name",
    outputs: zonal("instanceGroupManagers"),
  },
  "gcp:compute/instance:Instance": {
    source: "compute/resource_compute_instance.go.tmpl",
    replaceOn: ["name", "zone", "bootDisk", "canIpForward", "description", "hostname", "project"],
    updateOn: [
      "machineType",
      "metadata",
      "labels",
      "tags",
      "networkInterfaces",
      "serviceAccount",
      "scheduling",
      "shieldedInstanceConfig",
      "allowStoppingForUpdate",
    ],
    autoName: "name",
    outputs: zonal("instances"),
  },
  "gcp:compute/regionAutoscaler:RegionAutoscaler": {
    source: "compute/resource_compute_region_autoscaler.go",
    replaceOn: ["name", "region", "project"],
    updateOn: ["target", "autoscalingPolicy", "description"],
    autoName: "name",
    outputs: regional("autoscalers"),
  },
  "gcp:dns/managedZone:ManagedZone": {
    source: "dns/resource_dns_managed_zone.go",
    replaceOn: ["name", "dnsName", "visibility", "project"],
    updateOn: ["description", "privateVisibilityConfig"],
    autoName: "name",
    outputs: nothing,
  },
  "gcp:dns/recordSet:RecordSet": {
    source: "dns/resource_dns_record_set.go",
    replaceOn: ["name", "managedZone", "project"],
    updateOn: ["type", "ttl", "rrdatas"],
    outputs: nothing,
  },
  "gcp:serviceaccount/account:Account": {
    source: "resourcemanager/resource_google_service_account.go",
    replaceOn: ["accountId", "project"],
    updateOn: ["displayName", "description"],
    outputs: ({ accountId }) => {
      const email = `${text(accountId)}@${PROJECT}.iam.gserviceaccount.com`;
      return { email, member: `serviceAccount:${email}`, uniqueId: `1${randomDigits(20)}` };
    },
  },
  "gcp:projects/iAMCustomRole:IAMCustomRole": {
    source: "resourcemanager/resource_google_project_iam_custom_role.go",
    replaceOn: ["roleId", "project"],
    updateOn: ["title", "permissions", "description", "stage"],
    outputs: ({ roleId }) => ({ name: `projects/${PROJECT}/roles/${text(roleId)}` }),
  },
  "gcp:projects/iAMMember:IAMMember": member("resourcemanager/iam_project.go"),
  "gcp:secretmanager/secretIamMember:SecretIamMember": member("secretmanager/iam_secret_manager_secret.go"),
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": member(
    "artifactregistry/iam_artifact_registry_repository.go",
  ),
  "gcp:secretmanager/secret:Secret": {
    source: "secretmanager/resource_secret_manager_secret.go",
    replaceOn: ["secretId", "replication", "tags", "project"],
    updateOn: ["labels", "annotations"],
    autoName: "secretId",
    outputs: (_inputs, name) => ({
      id: `projects/${PROJECT}/secrets/${name}`,
      name: `projects/${PROJECT_NUMBER}/secrets/${name}`,
    }),
  },
  "gcp:secretmanager/secretVersion:SecretVersion": {
    source: "secretmanager/resource_secret_manager_secret_version.go",
    replaceOn: ["secretData", "secret", "isSecretDataBase64", "project"],
    updateOn: ["enabled", "deletionPolicy"],
    outputs: ({ secret, secretData }) => {
      const version = versionOf(secretData);
      const name = `${text(secret).replace(PROJECT, PROJECT_NUMBER)}/versions/${version}`;
      return { id: name, name, version };
    },
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
    source: "iambeta/resource_iam_workload_identity_pool.go",
    replaceOn: ["workloadIdentityPoolId", "project"],
    updateOn: ["description", "displayName", "disabled"],
    outputs: ({ workloadIdentityPoolId }) => ({ name: poolName(workloadIdentityPoolId) }),
  },
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
    source: "iambeta/resource_iam_workload_identity_pool_provider.go",
    replaceOn: ["workloadIdentityPoolId", "workloadIdentityPoolProviderId", "project"],
    updateOn: ["attributeCondition", "attributeMapping", "oidc", "description", "displayName", "disabled"],
    outputs: ({ workloadIdentityPoolId, workloadIdentityPoolProviderId }) => ({
      name: `${poolName(workloadIdentityPoolId)}/providers/${text(workloadIdentityPoolProviderId)}`,
    }),
  },
};

const poolName = (id: unknown): string =>
  `projects/${PROJECT_NUMBER}/locations/global/workloadIdentityPools/${text(id)}`;

const randomDigits = (count: number): string =>
  Array.from(randomBytes(count), (byte) => String(byte % 10)).join("");

/** Seven hexadecimal digits, as the bridge appends them. */
export const randomSuffix = (): string => randomBytes(4).toString("hex").slice(0, 7);
