import type { ResourceState } from "./state.ts";

/**
 * Runs `remove` on every resource, those that depend on others before what they depend on, independent ones at once.
 *
 * After a failure nothing new starts; the first error is thrown when all that was under way has ended.
 */
export async function inDeletionOrder(
  resources: readonly ResourceState[],
  remove: (resource: ResourceState) => Promise<void>,
): Promise<void> {
  const started = new Map<ResourceState, Promise<void>>();
  const failures: unknown[] = [];
  const run = (resource: ResourceState): Promise<void> => {
    const present = started.get(resource);
    if (present !== undefined) {
      return present;
    }
    const dependents = resources.filter((other) => other !== resource && dependsOn(other, resource));
    const removal = Promise.all(dependents.map(run)).then(async () => {
      if (failures.length === 0) {
        await remove(resource).catch((error: unknown) => failures.push(error));
      }
    });
    started.set(resource, removal);
    return removal;
  };
  await Promise.all(resources.map(run));
  if (failures.length > 0) {
    throw failures[0];
  }
}

/** Whether `resource` must be gone before `other` may go. */
export function dependsOn(resource: ResourceState, other: ResourceState): boolean {
  const provider = resource.provider?.split("::").slice(0, -1).join("::");
  return (
    resource.urn !== other.urn &&
    (resource.parent === other.urn ||
      resource.deletedWith === other.urn ||
      provider === other.urn ||
      resource.dependencies.includes(other.urn) ||
      Object.values(resource.propertyDependencies).some((urns) => urns.includes(other.urn)))
  );
}
