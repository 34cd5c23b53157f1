/** A diagram as text that GitLab draws in every Markdown file. */
import type { Diagram, DiagramEdge, DiagramNode, NodeKind } from "./model.ts";

/**
 * What means something to mermaid, to HTML or to Markdown stands as a number.
 * @see https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
 */
const escaped = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/["#&;:<>`%{}[\]()|\\^~*_$@]/g, (character) => `#${character.codePointAt(0)};`)
    .replaceAll(/\p{Cc}/gu, "");

/** In a light and a dark page alike. */
const COLOURS: Readonly<Record<NodeKind, string>> = {
  build: "#1f75cb",
  check: "#108548",
  move: "#9e5400",
  operate: "#737278",
  host: "#1f75cb",
  record: "#108548",
  secret: "#9e5400",
  file: "#6666c4",
  other: "#737278",
};

const ARROWS: Readonly<Record<DiagramEdge["kind"], string>> = {
  need: "-->",
  optional: "-.->",
  order: "==>",
};

/** Marks stand above, where they are seen. */
function label({ title, marks, lines }: DiagramNode): string {
  const said = marks.length > 0 ? [marks.map(({ text }) => escaped(text)).join(", ")] : [];
  return [`<b>${escaped(title)}</b>`, ...said.map((text) => `<i>${text}</i>`), ...lines.map(escaped)].join(
    "<br/>",
  );
}

/** Numbers instead of names: `end` and the like mean something to mermaid. */
function numbered({ groups, nodes }: Diagram): (id: string) => string {
  const ids = new Map([
    ...groups.map(({ id }, index) => [id, `g${index}`] as const),
    ...nodes.map(({ id }, index) => [id, `n${index}`] as const),
  ]);
  return (id) => {
    const found = ids.get(id);
    if (found === undefined) throw new Error(`the diagram has an arrow to ${id}, and no such box`);
    return found;
  };
}

/**
 * A flowchart from left to right.
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaidOf(diagram: Diagram): string {
  const { title, description, groups, nodes, edges } = diagram;
  const short = numbered(diagram);
  const box = (node: DiagramNode) => `${short(node.id)}["${label(node)}"]:::${node.kind}`;
  const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  const inside = (group: string | undefined): string[] => [
    ...nodes.filter((node) => node.group === group).map(box),
    ...groups
      .filter(({ parent }) => parent === group)
      .flatMap(({ id, title: heading }) => [
        `subgraph ${short(id)}["${escaped(heading)}"]`,
        // A group without arrows from its boxes to others would turn them around.
        ...indented(["direction LR", ...inside(id)]),
        "end",
      ]),
  ];
  const used = [...new Set(nodes.map(({ kind }) => kind))].sort();
  return `${[
    "flowchart LR",
    ...indented([
      `accTitle: ${escaped(title)}`,
      `accDescr: ${escaped(description)}`,
      ...inside(undefined),
      ...edges.map(({ from, to, kind }) => `${short(from)} ${ARROWS[kind]} ${short(to)}`),
      ...used.map((kind) => `classDef ${kind} stroke:${COLOURS[kind]},stroke-width:2px`),
    ]),
  ].join("\n")}\n`;
}
