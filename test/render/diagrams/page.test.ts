/** The layout and the page: complete, escaped, and the same for the same. */
import type { ELK } from "elkjs/lib/elk-api.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { html } from "../../../render/diagrams/html.ts";
import { type Box, layoutOf, loadElk } from "../../../render/diagrams/layout.ts";
import type { Diagram } from "../../../render/diagrams/model.ts";
import { svgOf } from "../../../render/diagrams/svg.ts";
import { type Rendered, renderStack } from "../../../render/render.ts";
import { anyConfig } from "../../configs.ts";
import { projects } from "../../pipeline/golden/projects.ts";
import { deliveryPicture, goldenPicture, HOSTILE, hostileDiagram, pictureOf } from "./pictures.ts";
import { drawnStack, everyProject } from "./stacks.ts";

let elk: ELK;

beforeAll(async () => {
  elk = await loadElk();
});

const overlap = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

const within = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width + 0.2 &&
  inner.y + inner.height <= outer.y + outer.height + 0.2;

async function soundLayout(diagram: Diagram): Promise<void> {
  const { nodes, groups, edges } = await layoutOf(elk, diagram);
  for (const [index, box] of nodes.entries()) {
    const group = groups.find((one) => one.group.id === box.node.group);
    expect(group && within(box, group)).toBe(true);
    for (const other of nodes.slice(index + 1))
      expect(overlap(box, other), `${box.node.title} on ${other.node.title}`).toBe(false);
  }
  expect(edges.filter(({ points }) => points.length < 2)).toEqual([]);
}

describe("a layout", () => {
  it.each(Object.keys(projects))("of %s has no box on another, and each in its stage", async (name) => {
    await soundLayout(goldenPicture(name).diagram);
  });

  it("has columns from left to right, all of which begin and end at the same height", async () => {
    const { groups } = await layoutOf(elk, goldenPicture("everything-on").diagram);
    expect(groups.map(({ x }) => x)).toEqual(groups.map(({ x }) => x).toSorted((a, b) => a - b));
    expect(new Set(groups.map(({ y }) => y)).size).toBe(1);
    expect(new Set(groups.map(({ y, height }) => y + height)).size).toBe(1);
  });

  it("is sound for any configuration, and for hostile names", async () => {
    await soundLayout(deliveryPicture().diagram);
    await soundLayout(hostileDiagram);
    await fc.assert(
      fc.asyncProperty(anyConfig, (values) => soundLayout(pictureOf(values).diagram)),
      { numRuns: 10 },
    );
  });
});

describe("an SVG", () => {
  it("has every box and every arrow", async () => {
    const { diagram } = goldenPicture("everything-on");
    const { text } = svgOf(diagram, await layoutOf(elk, diagram), "x");
    expect(text.match(/<path class="edge /g)).toHaveLength(diagram.edges.length);
    expect([...text.matchAll(/class="node [a-z]+" data-id="job ([^"]+)"/g)].map(([, name]) => name)).toEqual(
      diagram.nodes.map(({ title }) => title),
    );
    expect(text).toContain(`<title id="x-title">${diagram.title}</title>`);
  });

  it("takes texts for texts", async () => {
    const { text } = svgOf(hostileDiagram, await layoutOf(elk, hostileDiagram), "x");
    expect(text).not.toMatch(/<script|<img/);
    for (const one of HOSTILE) expect(text).toContain(`>${html`${one}`.text}</text>`);
  });
});

describe("the page", () => {
  let files: Rendered;
  let page: string;

  beforeAll(async () => {
    files = await drawnStack(everyProject());
    page = files.get("diagrams/index.html") ?? "";
  });

  it("needs nothing from elsewhere, and no script", () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\bsrc=/);
    expect([...page.matchAll(/href="(https?:[^"]*)"/g)].map(([, address]) => address)).toEqual([
      "https://gitlab.example.com",
    ]);
  });

  it("leads to every file, and nowhere else", () => {
    const all = [...renderStack(everyProject()).keys()];
    const links = [...page.matchAll(/href="\.\.\/([^"]*)"/g)].map(([, path = ""]) =>
      decodeURIComponent(path),
    );
    expect(new Set(links)).toEqual(new Set(all));
  });

  it("has one place for each anchor, and a place for each link to one", () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id = ""]) => decodeURIComponent(id));
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("shows what is committed, escaped", () => {
    expect(page).toContain("<code>.gitlab-ci.yml</code>");
    expect(page).toContain(
      html`${renderStack(everyProject()).get("projects/acme/one-image/.gitlab-ci.yml")}`.text,
    );
  });

  it("is the same the second time", async () => {
    expect([...(await drawnStack(everyProject()))]).toEqual([...files]);
  });

  it("comes with a page for GitLab for each diagram", () => {
    expect([...files.keys()]).toEqual([
      ...Object.keys(projects).map((name) => `diagrams/acme/${name}/pipeline.md`),
      "diagrams/delivery.md",
      "diagrams/stack.md",
      "diagrams/index.html",
    ]);
  });
});
