/** The rights of an autoscaler's manager in the project: what its plugin needs, for its own workers. */
import { IAMCustomRole } from "@pulumi/gcp/projects/iamcustomRole.js";
import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import * as pulumi from "@pulumi/pulumi";

/**
 * What the plugin asks of a group: its size and its machines, another size, and the end of machines.
 * @see https://gitlab.com/gitlab-org/fleeting/plugins/googlecloud#required-permissions
 */
export const GROUP_PERMISSIONS = [
  "compute.instanceGroupManagers.get",
  "compute.instanceGroupManagers.update",
] as const;

/** What it asks of a worker: its address, and a place in its metadata for the SSH key that it made. */
export const WORKER_PERMISSIONS = ["compute.instances.get", "compute.instances.setMetadata"] as const;

/**
 * The condition under which the second role is given: instances of these groups, which have their names' beginnings in
 * common.
 *
 * @param prefixes base names of the groups' instances.
 * @see https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name
 */
export function workersCondition(project: string, zone: string, prefixes: readonly string[]): string {
  const names = prefixes.map(
    (prefix) => `resource.name.startsWith("projects/${project}/zones/${zone}/instances/${prefix}-")`,
  );
  return `resource.type == "compute.googleapis.com/Instance" && (${names.join(" || ")})`;
}

export interface AutoscalerRightsArgs {
  readonly project: pulumi.Input<string>;
  readonly zone: string;
  /** The manager's account, as IAM writes it. */
  readonly member: pulumi.Input<string>;
  /** Ends the roles' ids, which are unique in a project: letters, digits, dots and underscores. */
  readonly roleId: string;
  readonly instancePrefixes: readonly string[];
}

/**
 * Two roles of its own. The one about workers holds for this fleet's alone. The one about groups holds in the whole
 * project, because IAM conditions cannot name instance groups, and a group cannot have its own policy: an attacker who
 * takes over the manager could change the size of other groups there, and delete their machines. They could not make
 * anything new of them: that takes the right to use an instance template. Groups that this must never happen to are
 * better in another project.
 *
 * @example
 * new AutoscalerRights("burst-rights", { project, zone, member, roleId, instancePrefixes }, { parent });
 * @see https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-type
 */
export class AutoscalerRights extends pulumi.ComponentResource {
  constructor(name: string, args: AutoscalerRightsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:AutoscalerRights", name, {}, opts);
    const { project, zone, member, roleId, instancePrefixes } = args;
    const groups = new IAMCustomRole(
      `${name}-groups`,
      {
        roleId: `buildxRunners.groups.${roleId}`,
        title: "buildx-runners: size of worker groups",
        permissions: [...GROUP_PERMISSIONS],
      },
      { parent: this },
    );
    const workers = new IAMCustomRole(
      `${name}-workers`,
      {
        roleId: `buildxRunners.workers.${roleId}`,
        title: "buildx-runners: SSH keys of workers",
        permissions: [...WORKER_PERMISSIONS],
      },
      { parent: this },
    );
    new IAMMember(`${name}-on-groups`, { project, role: groups.name, member }, { parent: this });
    new IAMMember(
      `${name}-on-workers`,
      {
        project,
        role: workers.name,
        member,
        condition: {
          title: "workers of this fleet",
          expression: pulumi
            .output(project)
            .apply((known) => workersCondition(known, zone, instancePrefixes)),
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
