/** The owner of a fleet's runner records. GitLab needs the number of a project or group; people use paths. */
import * as gitlab from "@pulumi/gitlab";
import type { FleetCommon } from "./fleets/common.ts";
import { explainRefusal, roleObjection } from "./gitlab-access.ts";

/** What a runner record says of its owner. */
export type Owner =
  | { readonly runnerType: "instance_type" }
  | { readonly runnerType: "group_type"; readonly groupId: number }
  | { readonly runnerType: "project_type"; readonly projectId: number };

async function ownerOf(scope: FleetCommon["scope"]): Promise<Owner | string> {
  if ("instance" in scope) return { runnerType: "instance_type" };
  if ("group" in scope) {
    const { groupId } = await gitlab.getGroup({ fullPath: scope.group });
    return { runnerType: "group_type", groupId };
  }
  const { id, permissions } = await gitlab.getProject({ pathWithNamespace: scope.project });
  return roleObjection(scope.project, permissions) ?? { runnerType: "project_type", projectId: Number(id) };
}

/**
 * Looks every fleet's scope up, before anything is registered.
 *
 * @returns owners by the fleet's name, and a sentence for each that cannot be had.
 */
export async function findOwners(
  fleets: readonly FleetCommon[],
): Promise<{ owners: ReadonlyMap<string, Owner>; problems: readonly string[] }> {
  const found = await Promise.all(
    fleets.map(async ({ name, scope }) => {
      const path =
        "project" in scope ? scope.project : "group" in scope ? scope.group : "the GitLab instance";
      return [name, await ownerOf(scope).catch((error: unknown) => explainRefusal(path, error))] as const;
    }),
  );
  return {
    owners: new Map(
      found.flatMap(([name, owner]) => (typeof owner === "string" ? [] : [[name, owner] as const])),
    ),
    problems: found.flatMap(([, owner]) => (typeof owner === "string" ? [owner] : [])),
  };
}
