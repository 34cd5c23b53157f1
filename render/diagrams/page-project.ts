/** A project in the page: its pipeline, its jobs, its images, its files. */
import type { ImageConfig } from "../../config.ts";
import type { Rendered } from "../render.ts";
import type { PicturedPipeline, PicturedProject } from "./drawn.ts";
import { type Content, type Html, html } from "./html.ts";
import type { Occasion, Presence } from "./occasions.ts";
import { figure, fileLink, folded, pipelineLegend, tableOf } from "./page-parts.ts";
import { needsInWords } from "./pipeline.ts";

const SIGNS: Readonly<Record<Presence, readonly [sign: string, words: string]>> = {
  starts: ["✓", "starts"],
  "by hand": ["▷", "by hand"],
  maybe: ["?", "its rules decide"],
  absent: ["·", "not there"],
};

const presenceCell = (presence: Presence): Html => {
  const [sign, words] = SIGNS[presence];
  return html`<td class="presence ${presence.replace(" ", "-")}"><span aria-hidden="true">${sign}</span><span class="unseen">${words}</span></td>`;
};

/** What tags say of the runner: `$TRUST_LEVEL` on the occasion. */
const occasionHead = ({ name, kind, known }: Occasion): Html =>
  html`<th scope="col">${name}${kind !== "push" && html`<small>${kind === "schedule" ? "schedule" : "run pipeline"}</small>`}<small>${known.TRUST_LEVEL ?? undefined}</small></th>`;

function jobTable({ anchor, jobs, occasions, diagram }: PicturedPipeline): Html {
  const rows = jobs.map(
    (job) =>
      html`<tr id="${anchor}-${job.name}"><th scope="row"><code>${job.name}</code></th><td>${job.stage}</td>${job.presence.map(presenceCell)}<td class="needs">${needsInWords(job)}</td><td><code>${job.tags.join(" ")}</code></td><td class="words">${job.comment}</td></tr>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="Jobs: ${diagram.title}" tabindex="0"><table class="jobs">
<caption>Jobs, and the pipelines that have them <span class="key">(✓ starts, ▷ by hand, ? its rules decide, · not there)</span></caption>
<thead><tr><th scope="col">job</th><th scope="col">stage</th>${occasions.map(occasionHead)}<th scope="col">waits for</th><th scope="col">tags</th><th scope="col">what it does</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>
`;
}

const cellsOf = ({ matrix }: ImageConfig): string =>
  matrix === undefined
    ? "–"
    : Object.entries(matrix)
        .map(([key, values]) => `${key}: ${values.join(", ")}`)
        .join("; ");

const imageTable = (images: readonly ImageConfig[]): Html =>
  tableOf(
    "Images",
    ["image", "context", "Dockerfile", "platforms", "matrix", "proven by"],
    images.map((image): Content[] => [
      image.name,
      html`<code>${image.context}</code>`,
      html`<code>${image.dockerfile}</code>`,
      image.platforms?.join(", ") ?? "the host’s",
      cellsOf(image),
      image.validate
        ? html`<code>${[image.validate.command].flat().join(" ")}</code> against ${image.validate.service}`
        : "–",
    ]),
  );

const filesOf = (path: string, files: Rendered): Html[] =>
  [...files]
    .filter(([file]) => file.startsWith(`projects/${path}/`))
    .map(([file, content]) =>
      folded(
        html`<code>${file.slice(`projects/${path}/`.length)}</code>`,
        html`<p>${fileLink(file)}</p><pre tabindex="0"><code>${content}</code></pre>`,
      ),
    );

function pictureAndTable(drawn: PicturedPipeline): Html {
  const { diagram, svg } = drawn;
  const has = (kind: "need" | "optional") => diagram.edges.some((edge) => edge.kind === kind);
  return html`${figure(svg, diagram.title, pipelineLegend(has))}
${jobTable(drawn)}`;
}

export const deliverySection = (drawn: PicturedPipeline): Html =>
  html`<section aria-labelledby="${drawn.anchor}">
<h2 id="${drawn.anchor}">Delivery</h2>
<p>The pipeline of this repository, which previews and updates its stacks. ${drawn.diagram.description}</p>
${pictureAndTable(drawn)}
</section>
`;

export function projectSection(drawn: PicturedProject, files: Rendered): Html {
  const { anchor, project, fleet, diagram } = drawn;
  return html`<section aria-labelledby="${anchor}">
<h2 id="${anchor}">Project ${project.path}</h2>
<p>Runs on the fleet <a href="#fleet-${fleet.name}">${fleet.name}</a>. ${diagram.description}</p>
${pictureAndTable(drawn)}
${imageTable(project.images)}
<h3>What is committed, and its variables</h3>
${filesOf(project.path, files)}</section>
`;
}
