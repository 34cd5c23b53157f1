/** A terminal's output as an SVG picture: text stays text, colours follow the reader's light or dark theme. */

/** Of a character in the picture, in pixels. */
const WIDTH = 8.4;
const LINE = 18;
const MARGIN = 16;

const STYLE = `
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; fill: #1f2328; }
rect { fill: #f6f8fa; stroke: #d1d9e0; }
.bold { font-weight: 700; }
.dim { fill: #59636e; }
.red { fill: #d1242f; }
.green { fill: #1a7f37; }
.yellow { fill: #9a6700; }
.cyan { fill: #1b7c83; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  rect { fill: #0d1117; stroke: #3d444d; }
  .dim { fill: #9198a1; }
  .red { fill: #f85149; }
  .green { fill: #3fb950; }
  .yellow { fill: #d29922; }
  .cyan { fill: #39c5cf; }
}`;

/** SGR codes that the program's output has. @see https://ecma-international.org/publications-and-standards/standards/ecma-48/ */
const CLASSES: Readonly<Record<number, string>> = {
  ...{ 1: "bold", 2: "dim", 31: "red", 32: "green", 33: "yellow", 36: "cyan", 90: "dim" },
};

/** Codes that end others. */
const ENDS: Readonly<Record<number, readonly string[]>> = {
  22: ["bold", "dim"],
  39: ["red", "green", "yellow", "cyan", "dim"],
};

const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`);

interface Span {
  readonly text: string;
  readonly classes: readonly string[];
}

function spansOf(line: string): Span[] {
  const active = new Set<string>();
  return line.split(SGR).flatMap((part, index): Span[] => {
    if (index % 2 === 0) return part === "" ? [] : [{ text: part, classes: [...active] }];
    for (const code of part.split(";").map(Number)) {
      if (code === 0) active.clear();
      for (const name of ENDS[code] ?? []) active.delete(name);
      const name = CLASSES[code];
      if (name !== undefined) active.add(name);
    }
    return [];
  });
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const spanText = ({ text, classes }: Span): string =>
  classes.length === 0 ? escaped(text) : `<tspan class="${classes.join(" ")}">${escaped(text)}</tspan>`;

/**
 * @param output what a program printed, with colours as ANSI codes.
 * @param columns width of the picture; longer lines are cut.
 *
 * @example
 * terminalPicture("$ npm start", "\u001b[32m✔\u001b[39m Boot the machine", 100); // "<svg …"
 */
export function terminalPicture(title: string, output: string, columns: number): string {
  const lines = output
    .trimEnd()
    .split("\n")
    .map((line) => cut(spansOf(line), columns));
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.map(
    (spans, index) =>
      `<text x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE}" xml:space="preserve">${spans.map(spanText).join("")}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join("\n")}
</svg>
`;
}

function cut(spans: readonly Span[], columns: number): Span[] {
  const kept: Span[] = [];
  let left = columns;
  for (const { text, classes } of spans) {
    if (left <= 0) break;
    kept.push({ text: text.length > left ? `${text.slice(0, left - 1)}…` : text, classes });
    left -= text.length;
  }
  return kept;
}
