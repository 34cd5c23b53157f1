/** Parts that sections of the page have in common. */
import { type Content, type Html, html } from "./html.ts";

/** @param rows of cells; the first cell of each row names it. */
export function tableOf(
  caption: string,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>
`;
}

/** A diagram in a box of its own, which scrolls where the page is narrow. */
export const figure = (svg: Html, label: string, caption: Html): Html => html`<figure>
<div class="scroll picture" role="region" aria-label="${label}" tabindex="0">
${svg}</div>
<figcaption>${caption}</figcaption>
</figure>
`;

export const folded = (summary: Content, content: Content): Html =>
  html`<details><summary>${summary}</summary>
${content}</details>
`;

const address = (path: string): string => `../${path.split("/").map(encodeURIComponent).join("/")}`;

/** The page stands one directory below the files. */
export const fileLink = (path: string): Html => html`<a href="${address(path)}">${path}</a>`;

export const fileLinks = (paths: readonly string[]): Html =>
  html`<ul class="files">
${paths.map((path) => html`<li>${fileLink(path)}</li>\n`)}</ul>
`;

const entry = (kind: string, words: string): Html =>
  html`<li><span class="swatch ${kind}" aria-hidden="true"></span>${words}</li>`;

export const stackLegend = (): Html =>
  html`<ul class="legend">${entry("host", "hosts and machines")}${entry("record", "runner records")}${entry("secret", "secrets and variables")}${entry("file", "commits")}${entry("arrow", "waits for the resource on its left")}</ul>`;

/** @param has whether there are arrows of the kind. */
export const pipelineLegend = (has: (kind: "need" | "optional") => boolean): Html =>
  html`<ul class="legend">${entry("order", "order of stages: a job without its own arrows waits for all jobs before it")}${has("need") && entry("arrow", "waits for this job alone")}${has("optional") && entry("dashed", "waits for this job, if the pipeline has it")}</ul>`;
