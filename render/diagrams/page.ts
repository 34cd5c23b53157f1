/** A stack in one page: no script, nothing from elsewhere. */
import { readFileSync } from "node:fs";
import type { FleetConfig, StackConfig } from "../../config.ts";
import { machineTable } from "../page.ts";
import type { Recorded } from "../record.ts";
import type { Rendered } from "../render.ts";
import { heldBy } from "../resources.ts";
import type { PicturedPipeline, PicturedProject } from "./drawn.ts";
import { Html, html } from "./html.ts";
import { counted } from "./model.ts";
import { figure, fileLinks, folded, stackLegend, tableOf } from "./page-parts.ts";
import { deliverySection, projectSection } from "./page-project.ts";

export interface PageArgs {
  readonly config: StackConfig;
  readonly recorded: readonly Recorded[];
  readonly files: Rendered;
  readonly projects: readonly PicturedProject[];
  /** How the stack is updated. */
  readonly delivery: PicturedPipeline | undefined;
  /** The diagram of its resources. */
  readonly stack: Html;
}

const styles = (): Html => new Html(readFileSync(new URL("page.css", import.meta.url), "utf8"));

function runnerRows(resources: readonly Recorded[]): (readonly string[])[] {
  return resources
    .filter(({ type }) => type.endsWith(":UserRunner"))
    .map(({ inputs }) => [
      String(inputs.description),
      Array.isArray(inputs.tagLists) ? inputs.tagLists.join(" ") : "",
      inputs.accessLevel === "ref_protected" ? "protected refs" : "any ref",
      `${Number(inputs.maximumTimeout)} s`,
    ]);
}

const scopeOf = ({ scope }: FleetConfig): string =>
  "project" in scope
    ? `project ${scope.project}`
    : "group" in scope
      ? `group ${scope.group}`
      : "the instance";

function fleetSection(fleet: FleetConfig, { recorded, files }: PageArgs): Html {
  const { name, refs } = fleet;
  const resources = heldBy(recorded, name);
  const { caption, head, rows } = machineTable(fleet, resources);
  const own = [...files.keys()].filter(
    (path) => path.startsWith(`hosts/${name}`) || path.startsWith(`resources/${name}`),
  );
  return html`<section aria-labelledby="fleet-${name}">
<h2 id="fleet-${name}">Fleet ${name}</h2>
<p>Takes the jobs of ${scopeOf(fleet)}; refs: <code>${refs}</code>. ${counted(resources.filter(({ custom }) => custom).length, "resource")}.</p>
${tableOf(caption, head, rows)}
${tableOf("Runner records", ["runner", "tags", "jobs of", "longest job"], runnerRows(resources))}
${folded(html`${counted(own.length, "file")} of its resources and on its hosts`, fileLinks(own))}
</section>
`;
}

/** The same configuration gives the same bytes. */
export function pageOf(args: PageArgs): string {
  const { config, recorded, files, projects, stack, delivery } = args;
  const { stack: name, fleets, gitlabUrl } = config;
  const count = recorded.filter(({ custom }) => custom).length;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Stack ${name}</title>
<style>
${styles()}</style>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header>
<h1>Stack ${name}</h1>
<p>${counted(fleets.length, "fleet")}, ${counted(projects.length, "project")}, ${counted(count, "resource")}, ${counted(files.size, "file")}. GitLab: <a href="${gitlabUrl}">${gitlabUrl}</a></p>
<nav aria-label="On this page"><ul>
<li><a href="#resources">Resources</a></li>
${projects.map(({ project: { path }, anchor }) => html`<li><a href="#${anchor}">Project ${path}</a></li>\n`)}${fleets.map((fleet) => html`<li><a href="#fleet-${fleet.name}">Fleet ${fleet.name}</a></li>\n`)}${
  delivery &&
  html`<li><a href="#delivery">Delivery</a></li>
`
}<li><a href="#files">Files</a></li>
</ul></nav>
</header>
<main id="content">
<section aria-labelledby="resources">
<h2 id="resources">Resources</h2>
<p>What the stack creates, from left to right in the order of creation: an arrow leads to the resource that waits. The commit of a pipeline comes last, because it starts a pipeline.</p>
${figure(stack, `Resources of the stack ${name}`, stackLegend())}
</section>
${projects.map((project) => projectSection(project, files))}${fleets.map((fleet) => fleetSection(fleet, args))}${delivery && deliverySection(delivery)}<section aria-labelledby="files">
<h2 id="files">Files</h2>
<p>All files and settings of the stack; secrets are placeholders.</p>
${folded(html`All ${counted(files.size, "file")}`, fileLinks([...files.keys()]))}
</section>
</main>
</body>
</html>
`.text;
}
