/** The same diagram with fewer arrows. */
import type { DiagramGroup, DiagramNode } from "./model.ts";

/** From what comes first to what waits for it. */
export type Pair = readonly [from: string, to: string];

/** Without the arrows that follow from others: of a before b, b before c and a before c, the last one says nothing. */
export function reduced(pairs: readonly Pair[]): Pair[] {
  const after = new Map<string, string[]>();
  for (const [from, to] of pairs) after.set(from, [...(after.get(from) ?? []), to]);
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (after.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return pairs.filter(
    ([from, to]) => !(after.get(from) ?? []).some((next) => next !== to && reaches(next, to, new Set([to]))),
  );
}

/** Every node of a group has the same arrow: one arrow of the group says so. */
export function bundled(
  pairs: readonly Pair[],
  groups: readonly DiagramGroup[],
  nodes: readonly DiagramNode[],
): Pair[] {
  // Inner groups first: their arrows may then be bundled once more.
  const depthOf = (group: DiagramGroup): number => {
    const parent = groups.find(({ id }) => id === group.parent);
    return parent ? 1 + depthOf(parent) : 0;
  };
  const inner = groups.toSorted((one, other) => depthOf(other) - depthOf(one));
  return inner.reduce(
    (rest, group) => atGroup(atGroup(rest, group, groups, nodes, 0), group, groups, nodes, 1),
    [...pairs],
  );
}

/** @param end of the arrows that is in the group: 0 where they begin there, 1 where they lead there. */
function atGroup(
  pairs: readonly Pair[],
  { id }: DiagramGroup,
  groups: readonly DiagramGroup[],
  nodes: readonly DiagramNode[],
  end: 0 | 1,
): Pair[] {
  const members = [
    ...nodes.filter(({ group }) => group === id).map((node) => node.id),
    ...groups.filter(({ parent }) => parent === id).map((group) => group.id),
  ];
  const outside = pairs.filter(
    (pair) => members.includes(pair[end]) && !members.includes(pair[1 - end] ?? ""),
  );
  const others = [...new Set(outside.map((pair) => pair[1 - end] ?? ""))].filter((other) =>
    members.every((member) => outside.some((pair) => pair[end] === member && pair[1 - end] === other)),
  );
  if (members.length < 2) return [...pairs];
  const bundledPairs = others.map((other): Pair => (end === 0 ? [id, other] : [other, id]));
  return [
    ...pairs.filter((pair) => !(outside.includes(pair) && others.includes(pair[1 - end] ?? ""))),
    ...bundledPairs,
  ];
}
