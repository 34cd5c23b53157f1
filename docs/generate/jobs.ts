/** The jobs of a pipeline with every feature, each in words and as it is committed. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configFromStackFile } from "../../config.ts";
import { type DryJob, planPipelines } from "../../lab/pipeline/index.ts";
import type { JobParts, Pipeline } from "../../pipeline/model.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { renderPipeline } from "../../pipeline/render.ts";
import { targetOf } from "../../pipeline/target.ts";
import { table } from "./page.ts";

export const SAMPLE_FILE = fileURLToPath(new URL("../Pulumi.sample.yaml", import.meta.url));

/** What starts a pipeline, in the words of the page. */
const occasions = {
  "a branch": { on: "branch", name: "feature/x" },
  "the default branch": { on: "default branch" },
  "a merge request": { on: "merge request", source: "feature/x" },
  "a fork's merge request": { on: "merge request", source: "feature/x", fork: true },
  "a protected tag": { on: "tag", name: "v1.2.3", protected: true },
  "the schedule refresh": {
    on: "schedule",
    description: "refresh",
    variables: [{ key: "REFRESH", value: "true" }],
  },
  "the schedule backup": {
    on: "schedule",
    description: "backup",
    variables: [{ key: "OPERATION", value: "backup" }],
  },
  "the schedule review": {
    on: "schedule",
    description: "review",
    variables: [{ key: "OPERATION", value: "review" }],
  },
  "OPERATION=restore": { on: "web", variables: [{ key: "OPERATION", value: "restore" }] },
} as const;

export type OccasionName = keyof typeof occasions;

const OCCASIONS = Object.keys(occasions) as OccasionName[];

export interface SampleJobs {
  readonly pipeline: Pipeline;
  /** Of jobs and hidden jobs, by name, comment included. */
  readonly yaml: ReadonlyMap<string, string>;
  readonly plans: Readonly<Record<OccasionName, readonly DryJob[]>>;
}

/**
 * Cuts a rendered pipeline into its entries, each with the comment above it.
 *
 * @example
 * entriesOf("a:\n  b: 1\n\n# Says why.\nc: 2\n").get("c"); // "# Says why.\nc: 2"
 */
export function entriesOf(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const part of text.split(/\n\n(?=(?:# .*\n|#\n)*[.\w][^\n]*:)/)) {
    const name = /^([.\w-]+):/m.exec(part)?.[1];
    if (name !== undefined) entries.set(name, part.trimEnd());
  }
  return entries;
}

/** Renders the sample, and lists what each occasion starts of it. */
export async function sampleJobs(): Promise<SampleJobs> {
  const config = configFromStackFile(readFileSync(SAMPLE_FILE, "utf8"), "sample", "docs/Pulumi.sample.yaml");
  const [project] = config.projects;
  const fleet = config.fleets.find(({ name }) => name === project?.fleet);
  if (!project || !fleet) throw new Error("docs/Pulumi.sample.yaml has no project with a fleet");
  const pipeline = pipelineFor(targetOf(config.stack, project, fleet));
  const text = renderPipeline(pipeline);
  const { bake } = projectFiles(config, project);
  return {
    pipeline,
    yaml: entriesOf(text),
    plans: await planPipelines(text, occasions, { files: { [bake.path]: bake.content } }),
  };
}

const isCellOf = (name: string) => (job: DryJob) => job.name === name || job.name.startsWith(`${name}: [`);

/** The events on which the job starts, and those on which it is manual. */
function startsOn(name: string, { plans }: SampleJobs): string {
  const parts = OCCASIONS.flatMap((occasion) => {
    const job = plans[occasion].find(isCellOf(name));
    if (!job) return [];
    return job.when === "manual" ? [`${occasion}, by hand`] : [occasion];
  });
  return parts.join("; ") || "never automatically";
}

function whatItLeaves({ artifacts }: JobParts): string {
  const { reports = {}, paths = [] } = artifacts ?? {};
  const all = [
    ...paths.map((path) => `\`${path}\``),
    ...Object.keys(reports).map((kind) => `report ${kind}`),
  ];
  return all.join(", ") || "nothing";
}

const runner = ({ tags = [] }: JobParts): string =>
  tags.some((tag) => tag.endsWith("-plain")) ? "without the Docker socket" : "with the Docker socket";

const sentence = (comment: string): string => comment.split("\n").join(" ");

function folded(name: string, { yaml }: SampleJobs): string {
  const text = yaml.get(name);
  if (text === undefined) throw new Error(`the rendered pipeline has no ${name}`);
  return ["<details><summary>YAML</summary>", "", "```yaml generated", text, "```", "", "</details>"].join(
    "\n",
  );
}

function jobSection(name: string, sample: SampleJobs): string {
  const job = sample.pipeline.jobs[name];
  if (!job) throw new Error(`the pipeline has no job ${name}`);
  const needs = job.needs?.map((need) => `\`${need.job}\`${need.optional ? " if the pipeline has it" : ""}`);
  const facts = [
    ["stage", `\`${job.stage}\``],
    ["starts on", startsOn(name, sample)],
    ["waits for", needs === undefined ? "the stages before it" : needs.join(", ") || "nothing"],
    ["runs", runner(job)],
    ["leaves", whatItLeaves(job)],
  ];
  return [
    `### ${name}`,
    "",
    sentence(job.comment),
    "",
    table(["", ""], facts),
    "",
    folded(name, sample),
  ].join("\n");
}

function sharedSection(name: string, sample: SampleJobs): string {
  const part = sample.pipeline.hidden[name as `.${string}`];
  return [`### ${name}`, "", sentence(part?.comment ?? ""), "", folded(name, sample)].join("\n");
}

/** All jobs in the order of the file, then what they share. */
export function jobReference(sample: SampleJobs): string {
  const { jobs, hidden } = sample.pipeline;
  return [
    "## Jobs",
    ...Object.keys(jobs).map((name) => jobSection(name, sample)),
    "## What jobs share",
    "Names that start with a dot are not jobs: jobs extend them, or refer to their steps.",
    ...Object.keys(hidden).map((name) => sharedSection(name, sample)),
    "## Head of the file",
    [
      "```yaml generated",
      ...["stages", "workflow", "variables"].map((name) => sample.yaml.get(name)),
      "```",
    ].join("\n"),
  ].join("\n\n");
}

/** One line a job: which of them each occasion starts. */
export function occasionTable(sample: SampleJobs): string {
  const jobsOn = (occasion: OccasionName) => {
    const names = sample.plans[occasion].map(({ name, when }) => {
      const job = name.replace(/: \[.*\]$/, "");
      return when === "manual" ? `${job} (by hand)` : job;
    });
    return [...new Set(names)].map((name) => `\`${name}\``).join(" ");
  };
  return table(
    ["a pipeline of", "starts"],
    OCCASIONS.map((occasion) => [occasion, jobsOn(occasion)]),
  );
}
