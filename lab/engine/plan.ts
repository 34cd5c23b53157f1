import type { Goal } from "./goal.ts";
import type { PluginDiff } from "./plugin.ts";
import type { ResourceState } from "./state.ts";
import { changedProperties, equal, isList, isObject, type Wire, type WireObject } from "./wire.ts";

/** What is to be done to a resource that exists already. */
export type Plan =
  | { readonly op: "same"; readonly diff: readonly string[] }
  | { readonly op: "update"; readonly diff: readonly string[] }
  | { readonly op: "replace"; readonly diff: readonly string[]; readonly deleteFirst: boolean };

/** Decides between leaving, updating and replacing a resource. */
export function decide(
  goal: Pick<Goal, "replaceOnChanges" | "deleteBeforeReplace">,
  old: Pick<ResourceState, "inputs">,
  inputs: WireObject,
  diff: PluginDiff,
): Plan {
  const changed = changedProperties(old.inputs, inputs);
  const replaces = [
    ...new Set([...diff.replaces, ...changed.filter((name) => replacesOn(goal.replaceOnChanges, name))]),
  ].sort();
  if (replaces.length > 0) {
    return {
      op: "replace",
      diff: replaces,
      deleteFirst: goal.deleteBeforeReplace ?? diff.deleteBeforeReplace,
    };
  }
  const isChanged = diff.changes === "some" || (diff.changes === "unknown" && changed.length > 0);
  return isChanged ? { op: "update", diff: changed } : { op: "same", diff: [] };
}

function replacesOn(patterns: readonly string[], property: string): boolean {
  return patterns.some((pattern) => pattern === "*" || pattern.split(/[.[]/)[0] === property);
}

/** The properties with those that changes are to be ignored of as they were. */
export function ignoringChanges(
  properties: WireObject,
  old: WireObject | undefined,
  paths: readonly string[],
): WireObject {
  let result = properties;
  for (const path of old === undefined ? [] : paths) {
    const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
    const kept = keep(result, old, steps);
    result = isObject(kept) ? kept : result;
  }
  return result;
}

function keep(now: Wire | undefined, before: Wire | undefined, path: readonly string[]): Wire | undefined {
  const [head, ...rest] = path;
  if (head === undefined) {
    return before;
  }
  if (isList(now) && isList(before)) {
    const kept = now.map((member, index) =>
      head === "*" || head === String(index) ? keep(member, before[index], rest) : member,
    );
    return kept.every((member) => member !== undefined) ? kept : now;
  }
  if (!isObject(now) || !isObject(before)) {
    return now;
  }
  const names = head === "*" ? Object.keys({ ...now, ...before }) : [head];
  const kept: Record<string, Wire> = { ...now };
  for (const name of names) {
    const value = keep(now[name], before[name], rest);
    if (value === undefined) {
      delete kept[name];
    } else {
      kept[name] = value;
    }
  }
  return kept;
}

/** Whether a component's registration differs from what is recorded of it. */
export function componentChanged(
  goal: Pick<Goal, "properties">,
  old: Pick<ResourceState, "inputs">,
): boolean {
  return !equal(goal.properties, old.inputs);
}
