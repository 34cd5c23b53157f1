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
 * Reads the resource, and holds what the program says of it against what it is.
 *
 * Throws when there is no such resource, and, but in a preview, when an update would have to follow: an import changes
 * nothing.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/options/import/
 */
export async function importOne(
  { preview, report }: DeploymentContext,
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
  const changed = changedProperties(found.inputs, inputs);
  if (diff.changes === "some" || (diff.changes === "unknown" && changed.length > 0)) {
    const names = changed.length === 0 ? "" : `: ${changed.join(", ")}`;
    const message = `inputs to import do not match the existing resource${names}`;
    if (!preview) {
      throw new Error(message);
    }
    report.say("warning", `${message}; importing this resource will fail`, goal.urn);
  }
  return { id: found.id, inputs, outputs: found.outputs };
}
