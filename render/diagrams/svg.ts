/** A laid out diagram as SVG for a page, whose style sheet has the colours. */
import { type Html, html } from "./html.ts";
import { type Layout, MARK, markWidth, type Point, SIZES } from "./layout.ts";
import type { Diagram, DiagramNode } from "./model.ts";

const { padding, row, title: titleSize } = SIZES;

const RADIUS = 6;

/** Towards a corner as far as the rounding begins. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(distance, length / 2) / length;
  const between = (a: number, b: number) => Math.round((a + (b - a) * share) * 10) / 10;
  return { x: between(from.x, to.x), y: between(from.y, to.y) };
}

/** A line with round corners. */
function pathOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const [start, end] = [towards(point, before, RADIUS), towards(point, after, RADIUS)];
      return `L${start.x} ${start.y}Q${point.x} ${point.y} ${end.x} ${end.y}`;
    })
    .join("");
}

function marksOf({ marks }: DiagramNode, x: number, y: number): Html[] {
  let left = x;
  return marks.map(({ kind, text }) => {
    const [at, width] = [left, markWidth(text)];
    left += width + MARK.between;
    return html`<g class="mark ${kind}"><rect x="${at}" y="${y - 12}" width="${width}" height="16" rx="8"/><text x="${at + width / 2}" y="${y}" text-anchor="middle">${text}</text></g>`;
  });
}

function nodeOf({ x, y, width, height, node }: Layout["nodes"][number]): Html {
  const [left, top] = [x + padding, y + padding + titleSize - 4];
  const rows = node.marks.length > 0 ? 2 : 1;
  const drawn = html`<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/><path class="stripe" d="M${x + 1.5} ${y + 6}v${height - 12}"/><text class="title" x="${left}" y="${top}">${node.title}</text>${marksOf(node, left, top + row)}${node.lines.map(
    (line, index) => html`<text class="line" x="${left}" y="${top + row * (rows + index)}">${line}</text>`,
  )}`;
  return node.href === undefined
    ? html`<g class="node ${node.kind}" data-id="${node.id}">${drawn}</g>\n`
    : html`<a class="node ${node.kind}" data-id="${node.id}" href="${node.href}">${drawn}</a>\n`;
}

const groupOf = ({ x, y, width, height, group }: Layout["groups"][number]): Html =>
  html`<g class="group" data-id="${group.id}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text x="${x + padding}" y="${y + 22}">${group.title}</text></g>\n`;

/**
 * @param id unique in the page.
 */
export function svgOf(diagram: Diagram, layout: Layout, id: string): Html {
  const { width, height, groups, nodes, edges } = layout;
  const paths = edges.map(
    ({ edge, points }) =>
      html`<path class="edge ${edge.kind}" data-from="${edge.from}" data-to="${edge.to}" d="${pathOf(points)}" marker-end="url(#${id}-${edge.kind === "order" ? "order" : "arrow"})"/>\n`,
  );
  const arrow = (name: string, size: number) =>
    html`<marker id="${id}-${name}" class="head ${name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="${size}" markerHeight="${size}" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`;
  return html`<svg class="diagram" role="group" aria-labelledby="${id}-title" aria-describedby="${id}-desc" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title id="${id}-title">${diagram.title}</title><desc id="${id}-desc">${diagram.description}</desc>
<defs>${arrow("arrow", 8)}${arrow("order", 15)}</defs>
${groups.map(groupOf)}${paths}${nodes.map(nodeOf)}</svg>
`;
}
