/** Where everything of a diagram goes: computed by the Eclipse Layout Kernel, which gives the same for the same. */
import type { ELK, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import type { Diagram, DiagramEdge, DiagramGroup, DiagramNode } from "./model.ts";
import { widthOf } from "./text-width.ts";

/** In pixels, from the top left corner of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Outer ones before those that are in them. */
  readonly groups: readonly (Box & { readonly group: DiagramGroup })[];
  readonly nodes: readonly (Box & { readonly node: DiagramNode })[];
  readonly edges: readonly { readonly edge: DiagramEdge; readonly points: readonly Point[] }[];
}

/** In pixels. */
export const SIZES = {
  title: 14,
  line: 12,
  mark: 11,
  /** Between the base lines of a title, marks and lines. */
  row: 18,
  padding: 12,
  /** Head of a group. */
  head: 34,
} as const;

const { padding, row, head } = SIZES;

/** Around the text of a mark, and from one mark to the next. */
export const MARK = { inside: 7, between: 6 } as const;

export const markWidth = (text: string): number => Math.ceil(widthOf(text, SIZES.mark)) + 2 * MARK.inside;

/** Boxes that stand above each other are as wide as the widest of them. */
function widthIn({ nodes, edges }: Diagram, node: DiagramNode): number {
  const column = nodes.filter(({ group }) => group === node.group);
  const isChain =
    edges.every(({ kind }) => kind !== "order") &&
    edges.some(({ from, to }) => [from, to].every((end) => column.some(({ id }) => id === end)));
  return Math.max(...(isChain ? [node] : column).map((one) => sizeOf(one).width));
}

function sizeOf({ title, lines, marks }: DiagramNode): Pick<Box, "width" | "height"> {
  const marked = marks.reduce((sum, { text }) => sum + markWidth(text) + MARK.between, -MARK.between);
  const widths = [
    widthOf(title, SIZES.title, true),
    marked,
    ...lines.map((line) => widthOf(line, SIZES.line)),
  ];
  const rows = 1 + (marks.length > 0 ? 1 : 0) + lines.length;
  return { width: Math.ceil(Math.max(...widths)) + 2 * padding, height: rows * row + 2 * padding - 4 };
}

/** By their positions, as far as arrows leave a choice. */
const CHILDREN_IN_ORDER = { "elk.layered.crossingMinimization.semiInteractive": "true" };

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  ...CHILDREN_IN_ORDER,
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.spacing.nodeNodeBetweenLayers": "30",
  "elk.layered.spacing.edgeNodeBetweenLayers": "16",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
  "elk.spacing.nodeNode": "16",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.padding": "[top=2,left=2,bottom=2,right=2]",
};

/** @param rank among all that is in the same box. */
const position = (rank: number) => ({ "elk.position": `(0,${rank * 100})`, "elk.alignment": "LEFT" });

const isIn = (groups: readonly DiagramGroup[], group: string | undefined, outer: string): boolean =>
  group !== undefined &&
  (group === outer || isIn(groups, groups.find(({ id }) => id === group)?.parent, outer));

/** A group stands where its first box would. */
function rankOf(diagram: Diagram, { id }: DiagramGroup): number {
  const first = diagram.nodes.findIndex(({ group }) => isIn(diagram.groups, group, id));
  return first < 0 ? diagram.nodes.length : first;
}

const groupOptions = ({ title }: DiagramGroup, top: number) => ({
  ...CHILDREN_IN_ORDER,
  "elk.padding": `[top=${top},left=${padding},bottom=${padding},right=${padding}]`,
  "elk.nodeSize.constraints": "MINIMUM_SIZE",
  "elk.nodeSize.minimum": `(${Math.ceil(widthOf(title, SIZES.title, true)) + 2 * padding},${head + padding})`,
});

const headOf = (group: string): string => `head of ${group}`;

/**
 * Stands at the top of each stage, and the arrows from stage to stage join it: as long as they are straight, all stages
 * begin at the same height.
 */
const headNode = (group: DiagramGroup): ElkNode => ({
  id: headOf(group.id),
  width: 1,
  height: head - padding,
  layoutOptions: position(-1),
});

function groupNode(diagram: Diagram, group: DiagramGroup): ElkNode {
  const isStage = diagram.edges.some(
    ({ kind, from, to }) => kind === "order" && (from === group.id || to === group.id),
  );
  return {
    id: group.id,
    layoutOptions: {
      ...groupOptions(group, isStage ? padding / 2 : head),
      ...position(rankOf(diagram, group)),
    },
    children: [...(isStage ? [headNode(group)] : []), ...childrenOf(diagram, group.id)],
  };
}

const childrenOf = (diagram: Diagram, parent: string | undefined): ElkNode[] => [
  ...diagram.groups.filter((group) => group.parent === parent).map((group) => groupNode(diagram, group)),
  ...diagram.nodes
    .filter(({ group }) => group === parent)
    .map((node) => ({
      id: node.id,
      ...sizeOf(node),
      width: widthIn(diagram, node),
      layoutOptions: position(diagram.nodes.indexOf(node)),
    })),
];

function edgeOf({ kind, from, to }: DiagramEdge, index: number): ElkExtendedEdge {
  const id = `edge ${index}`;
  if (kind !== "order") return { id, sources: [from], targets: [to] };
  return {
    id,
    sources: [headOf(from)],
    targets: [headOf(to)],
    layoutOptions: { "elk.layered.priority.straightness": "100" },
  };
}

const graphOf = (diagram: Diagram): ElkNode => ({
  id: "diagram",
  layoutOptions: OPTIONS,
  children: childrenOf(diagram, undefined),
  edges: diagram.edges.map(edgeOf),
});

const rounded = (value: number | undefined): number => Math.round((value ?? 0) * 10) / 10;

/** Boxes by name, in the coordinates of the picture. */
function boxesOf({ id, children = [], ...shape }: ElkNode, x = 0, y = 0): [string, Box][] {
  const box = {
    x: rounded(x + (shape.x ?? 0)),
    y: rounded(y + (shape.y ?? 0)),
    width: rounded(shape.width),
    height: rounded(shape.height),
  };
  return [[id, box], ...children.flatMap((child) => boxesOf(child, box.x, box.y))];
}

/** Coordinates are those of the box that holds both ends. */
function pointsOf(
  { sections = [], container = "diagram" }: ElkExtendedEdge,
  boxes: Map<string, Box>,
): Point[] {
  const { x = 0, y = 0 } = boxes.get(container) ?? {};
  return sections
    .flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
    .map((point) => ({ x: rounded(x + point.x), y: rounded(y + point.y) }));
}

/** From the side of one stage to the side of the next, beside their headings. */
function betweenStages(from: Box, to: Box): Point[] {
  const [left, right] = [from.x + from.width, to.x];
  const [start, end] = [from, to].map(({ y }) => y + head / 2 + 1);
  const middle = rounded((left + right) / 2);
  const points = [
    { x: left, y: start ?? 0 },
    { x: middle, y: start ?? 0 },
    { x: middle, y: end ?? 0 },
    { x: right, y: end ?? 0 },
  ];
  return start === end ? points.filter((_, index) => index % 3 === 0) : points;
}

/** Stages are columns: all end where the longest does. */
function columns(groups: Layout["groups"], edges: readonly DiagramEdge[]): Layout["groups"] {
  const stages = new Set(edges.flatMap(({ kind, from, to }) => (kind === "order" ? [from, to] : [])));
  const bottom = Math.max(
    ...groups.filter(({ group: { id } }) => stages.has(id)).map(({ y, height }) => y + height),
  );
  return groups.map((one) => (stages.has(one.group.id) ? { ...one, height: rounded(bottom - one.y) } : one));
}

/** @param elk does the work; it takes its time to load. */
export async function layoutOf(elk: ELK, diagram: Diagram): Promise<Layout> {
  const graph = await elk.layout(graphOf(diagram));
  const boxes = new Map(boxesOf(graph));
  const boxOf = (id: string): Box => {
    const box = boxes.get(id);
    if (!box) throw new Error(`the layout has no place for ${id}`);
    return box;
  };
  const routes = new Map((graph.edges ?? []).map((edge) => [edge.id, pointsOf(edge, boxes)] as const));
  return {
    ...boxOf("diagram"),
    groups: columns(
      diagram.groups.map((group) => ({ ...boxOf(group.id), group })),
      diagram.edges,
    ),
    nodes: diagram.nodes.map((node) => ({ ...boxOf(node.id), node })),
    edges: diagram.edges.map((edge, index) => {
      const { kind, from, to } = edge;
      const route = routes.get(`edge ${index}`) ?? [];
      return { edge, points: kind === "order" ? betweenStages(boxOf(from), boxOf(to)) : route };
    }),
  };
}

/** Loads the library, which renders without diagrams can do without. */
export async function loadElk(): Promise<ELK> {
  const { default: elk } = await import("elkjs/lib/elk.bundled.js");
  return new elk.default();
}
