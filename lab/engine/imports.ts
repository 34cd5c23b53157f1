/** The `import` option: a resource that is there already becomes one of the stack's. */
import type { Goal } from "./goal.ts";
import type { Plugin } from "./plugin.ts";
import type { DeploymentContext } from "./recorded.ts";
import type { ResourceState } from "./state.ts";
import { changedProperties, type WireObject } from "./wire.ts";

/** Whether the goal wants a resource taken over that the stack has not got. */
export function isImport(goal: Goal, old: ResourceState | undefined): boolean {
  const { importId } = goal;
  return importId !== undefined && old?.id !== importId && old?.importId !== importId;
}

export interface Imported {
  readonly id: string;
  readonly inputs: WireObject;
  readonly outputs: WireObject;
}

/**
 * Reads the resource, and brings it to what the program says: that much a real engine does in the same step, without a
 * word in its documentation (seen with 3.260).
 *
 * Throws when there is no such resource, and when another one would have to take its place.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/options/import/
 */
export async function importOne(
  { preview }: DeploymentContext,
  goal: Goal,
  plugin: Plugin | undefined,
): Promise<Imported> {
  const id = goal.importId ?? "";
  const found = await plugin?.read(goal, id, { inputs: {}, outputs: {} });
  if (plugin === undefined || found === undefined) {
    throw new Error(`resource '${id}' does not exist`);
  }
  const { inputs, failures } = await plugin.check(goal, found.inputs, goal.properties);
  const [failure] = failures;
  if (failure !== undefined) {
    throw new Error(`${failure.property}: ${failure.reason}`);
  }
  const diff = await plugin.diff(goal, found.id, found, inputs, goal.ignoreChanges);
  if (diff.replaces.length > 0) {
    throw new Error(
      `inputs to import do not match the existing resource: ${diff.replaces.join(", ")} cannot be changed`,
    );
  }
  const changed = changedProperties(found.inputs, inputs);
  if (diff.changes !== "some" && (diff.changes !== "unknown" || changed.length === 0)) {
    return { id: found.id, inputs, outputs: found.outputs };
  }
  const outputs = await plugin.update(goal, found.id, found, inputs, {
    preview,
    ignoreChanges: goal.ignoreChanges,
  });
  return { id: found.id, inputs, outputs };
}
