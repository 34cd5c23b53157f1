/** A picture as data: boxes, boxes around boxes, and arrows. How it is drawn is decided elsewhere. */

/** What a box stands for; it gets its colour by it. */
export type NodeKind =
  | "build"
  | "check"
  | "move"
  | "operate"
  | "host"
  | "record"
  | "secret"
  | "file"
  | "other";

/** What is worth seeing at a glance. */
export interface Mark {
  readonly kind: "manual" | "schedule" | "many" | "open" | "protected" | "maybe";
  readonly text: string;
}

/** Plain texts: each drawing escapes them in its own way. */
export interface DiagramNode {
  /** Unique among nodes and groups of a diagram. */
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly kind: NodeKind;
  readonly marks: readonly Mark[];
  /** The group that it is in. */
  readonly group?: string;
  /** Where a page says more: an address on the same page, `#…`. */
  readonly href?: string;
}

export interface DiagramGroup {
  readonly id: string;
  readonly title: string;
  /** The group that it is in. */
  readonly parent?: string;
}

/** From what comes first to what waits for it. Ends are nodes or groups. */
export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  /** `need`: one waits for the other. `optional`: if the other is there. `order`: a stage after the stage before. */
  readonly kind: "need" | "optional" | "order";
}

export interface Diagram {
  readonly title: string;
  /** The text for screen readers. */
  readonly description: string;
  /** In the order in which they come. */
  readonly groups: readonly DiagramGroup[];
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

/** `1 job`, `2 jobs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** Characters of a line: boxes stay narrow enough for several beside each other. */
const LINE = 28;

/** Lines of words, none longer than it must be. */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LINE)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
