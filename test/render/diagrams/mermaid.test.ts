/** What GitLab is given to draw is what mermaid's own parser takes, and says what the diagram says. */
import DOMPurify from "dompurify";
import { beforeAll, describe, expect, it } from "vitest";
import { markdownOf } from "../../../render/diagrams/draw.ts";
import { mermaidOf } from "../../../render/diagrams/mermaid.ts";
import { projects } from "../../pipeline/golden/projects.ts";
import { deliveryPicture, goldenPicture, HOSTILE, hostileDiagram } from "./pictures.ts";

/** As much of mermaid's reading of a flowchart as matters here. */
interface Flowchart {
  getVertices(): Map<string, { readonly text?: string }>;
  getEdges(): readonly { readonly start: string; readonly end: string; readonly stroke: string }[];
  getSubGraphs(): readonly {
    readonly id: string;
    readonly title: string;
    readonly nodes: readonly string[];
  }[];
}

let read: (text: string) => Promise<Flowchart>;

beforeAll(async () => {
  // The sanitizer needs a browser; the grammar, which is what is asked here, does not.
  Object.assign(DOMPurify, { sanitize: (text: string) => text, addHook: () => undefined });
  const { default: mermaid } = await import("mermaid");
  read = async (text) => {
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    return db as unknown as Flowchart;
  };
});

/** Entities as mermaid keeps them until it draws. */
const plain = (text: string): string =>
  text.replaceAll(/ﬂ°°(\d+)¶ß|#(\d+);/g, (_, kept: string, written: string) =>
    String.fromCodePoint(Number(kept ?? written)),
  );

describe("mermaid", () => {
  it.each(Object.keys(projects))("reads the pipeline of %s as it is drawn", async (name) => {
    const { diagram } = goldenPicture(name);
    const chart = await read(mermaidOf(diagram));
    const titles = [...chart.getVertices().values()].flatMap(
      ({ text = "" }) => /<b>(.*?)<\/b>/.exec(text)?.[1] ?? [],
    );
    expect(titles.map(plain).sort()).toEqual(diagram.nodes.map(({ title }) => title).sort());
    expect(chart.getEdges()).toHaveLength(diagram.edges.length);
    const strokes = { need: "normal", optional: "dotted", order: "thick" };
    expect(chart.getEdges().map(({ stroke }) => stroke)).toEqual(
      diagram.edges.map(({ kind }) => strokes[kind]),
    );
    expect(
      chart
        .getSubGraphs()
        .map(({ title }) => title)
        .sort(),
    ).toEqual(diagram.groups.map(({ title }) => title).sort());
  });

  it("reads the delivery of this repository", async () => {
    const { diagram } = deliveryPicture();
    expect((await read(mermaidOf(diagram))).getEdges()).toHaveLength(diagram.edges.length);
  });

  it("treats every text as text", async () => {
    const chart = await read(mermaidOf(hostileDiagram));
    const boxes = [...chart.getVertices().values()].flatMap(({ text }) => text ?? []);
    expect(boxes).toHaveLength(HOSTILE.length);
    for (const [index, text] of HOSTILE.entries()) {
      const said = `<b>${text}</b><br/><i>${text}</i><br/>${text}<br/>${text}`;
      expect(plain(boxes[index] ?? "")).toBe(said);
      // What looks like HTML is none yet.
      expect((boxes[index] ?? "").replaceAll(/<\/?[bi]>|<br\/>/g, "")).not.toMatch(/[<>"]/);
    }
    expect(chart.getEdges()).toHaveLength(HOSTILE.length - 1);
    expect(chart.getSubGraphs().map(({ title }) => plain(title))).toEqual([...HOSTILE]);
  });

  it("would refuse a text that is none", async () => {
    await expect(read(mermaidOf(goldenPicture("one-image").diagram).replace('"]', '"'))).rejects.toThrow();
  });

  it("stands in a page with a table that says the same", () => {
    const picture = goldenPicture("everything-on");
    const page = markdownOf(picture);
    expect(page).toContain(`\n\`\`\`mermaid\n${mermaidOf(picture.diagram)}\`\`\`\n`);
    for (const { name } of picture.jobs) expect(page).toMatch(new RegExp(`^\\| ${name} +\\|`, "m"));
  });

  it("gets the same for the same", () => {
    expect(mermaidOf(goldenPicture("everything-on").diagram)).toBe(
      mermaidOf(goldenPicture("everything-on").diagram),
    );
  });
});
