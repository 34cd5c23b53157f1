/** From a stack's configuration and resources to everything that is drawn of them. */
import type { StackConfig } from "../../config.ts";
import type { AnyPipeline } from "../../pipeline/model.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { schedulesOf } from "../../pipeline/schedules.ts";
import { targetOf } from "../../pipeline/target.ts";
import { table } from "../markdown.ts";
import type { Recorded } from "../record.ts";
import type { Rendered } from "../render.ts";
import type { DrawnPipeline, PicturedProject } from "./drawn.ts";
import { layoutOf, loadElk } from "./layout.ts";
import { mermaidOf } from "./mermaid.ts";
import type { Diagram } from "./model.ts";
import { type NamedSchedule, occasionsOf } from "./occasions.ts";
import { pageOf } from "./page.ts";
import { jobFacts, needsInWords, pipelineDiagram, whenInWords } from "./pipeline.ts";
import { stackDiagram } from "./stack.ts";
import { svgOf } from "./svg.ts";

/** What this repository's own pipeline is scheduled for. */
const DRIFT: NamedSchedule = { name: "drift", variables: {} };

/**
 * @param title whose pipeline it is.
 * @param schedules of the project, with the variables that each sets.
 * @param anchor unique in the page.
 */
export function drawPipeline(
  title: string,
  pipeline: AnyPipeline,
  schedules: readonly NamedSchedule[],
  anchor: string,
): DrawnPipeline {
  const occasions = occasionsOf(pipeline, schedules);
  return {
    anchor,
    occasions,
    jobs: jobFacts(pipeline, occasions),
    diagram: pipelineDiagram(title, pipeline, occasions, anchor),
  };
}

/** What a cell of a Markdown table may hold. */
const cell = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll(/[|<>\\`*_[\]]/g, "\\$&");

/**
 * The diagram, and the same as a table: a page that GitLab shows.
 *
 * @example
 * markdownOf(drawPipeline("acme/shop", pipeline, schedulesOf(project), "shop"));
 */
export function markdownOf({ diagram, jobs, occasions }: DrawnPipeline): string {
  const rows = jobs.map((job) => [
    cell(job.name),
    cell(job.stage),
    cell(whenInWords(job.presence, occasions)),
    cell(needsInWords(job)),
    cell(job.tags.join(" ")),
  ]);
  return `${[
    `# ${cell(diagram.title)}`,
    `\`\`\`mermaid\n${mermaidOf(diagram)}\`\`\``,
    "Thick arrows: the order of stages. Thin arrows: jobs that wait for named jobs; dashed arrows: only if the pipeline has that job.",
    table([["job", "stage", "when", "waits for", "tags"], ...rows]),
  ].join("\n\n")}\n`;
}

function drawProjects({ stack, projects, fleets }: StackConfig): Omit<PicturedProject, "svg">[] {
  return projects.flatMap((project, index) => {
    const fleet = fleets.find(({ name }) => name === project.fleet);
    if (!fleet) return [];
    const pipeline = pipelineFor(targetOf(stack, project, fleet));
    return [
      { ...drawPipeline(project.path, pipeline, schedulesOf(project), `p${index + 1}`), project, fleet },
    ];
  });
}

export interface Drawn {
  /** Resources of the stack. */
  readonly recorded: readonly Recorded[];
  /** Everything else that is rendered of the stack: the page leads there. */
  readonly files: Rendered;
  /** The pipeline that updates the stack, where there is one. */
  readonly delivery?: AnyPipeline | undefined;
}

/** @returns `diagrams/index.html`, and every diagram of it as a page for GitLab. */
export async function renderDiagrams(
  config: StackConfig,
  { recorded, files, delivery }: Drawn,
): Promise<Rendered> {
  const elk = await loadElk();
  const svg = async (diagram: Diagram, id: string) => svgOf(diagram, await layoutOf(elk, diagram), id);
  const pictured = async <One extends DrawnPipeline>(one: One) => ({
    ...one,
    svg: await svg(one.diagram, `${one.anchor}-diagram`),
  });
  const stack = stackDiagram(config.stack, recorded);
  const projects = await Promise.all(drawProjects(config).map(pictured));
  const own = delivery && (await pictured(drawPipeline("this repository", delivery, [DRIFT], "delivery")));
  const picture = await svg(stack, "stack-diagram");
  return new Map([
    ...projects.map((one): [string, string] => [`diagrams/${one.project.path}/pipeline.md`, markdownOf(one)]),
    ...(own ? [["diagrams/delivery.md", markdownOf(own)] as const] : []),
    ["diagrams/stack.md", `# ${cell(stack.title)}\n\n\`\`\`mermaid\n${mermaidOf(stack)}\`\`\`\n`],
    ["diagrams/index.html", pageOf({ config, recorded, files, projects, stack: picture, delivery: own })],
  ]);
}
