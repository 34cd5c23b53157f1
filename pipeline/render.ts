/** The model as YAML: stable order, literal blocks for scripts, comments where a reader would ask why. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { AnyJob, AnyPipeline, Job, Step } from "./model.ts";
import { once } from "./once.ts";

/** Order of a job's keywords in the file, whatever order the model has. */
const KEYWORDS = [
  "stage",
  "extends",
  "image",
  "tags",
  "rules",
  "needs",
  "dependencies",
  "parallel",
  "services",
  "environment",
  "variables",
  "id_tokens",
  "cache",
  "before_script",
  "script",
  "after_script",
  "artifacts",
  "coverage",
  "allow_failure",
  "interruptible",
  "resource_group",
  "timeout",
  "retry",
] as const satisfies readonly (keyof Job)[];

const SCRIPTS: readonly string[] = ["before_script", "script", "after_script"];

const commented = (text: string): string => text.replaceAll(/^(?=.)/gm, " ");

function stepNode(step: Step): Scalar | YAMLSeq {
  if ("reference" in step) {
    const reference = new YAMLSeq();
    reference.items = step.reference.map((part) => new Scalar(part));
    reference.tag = "!reference";
    reference.flow = true;
    return reference;
  }
  const lines = step.run.trimEnd().split("\n");
  const scalar = new Scalar(lines.length > 1 ? `${lines.join("\n")}\n` : step.run.trimEnd());
  if (lines.length > 1) scalar.type = Scalar.BLOCK_LITERAL;
  if (step.comment !== undefined) scalar.commentBefore = commented(step.comment);
  return scalar;
}

function jobNode(document: Document, job: AnyJob): YAMLMap {
  const map = new YAMLMap();
  for (const keyword of KEYWORDS) {
    const value = job[keyword];
    // GitLab refuses an empty list of tags.
    if (value === undefined || (keyword === "tags" && job.tags?.length === 0)) continue;
    if (SCRIPTS.includes(keyword)) {
      const sequence = new YAMLSeq();
      sequence.items = (value as readonly Step[]).map(stepNode);
      map.set(keyword, sequence);
    } else if (keyword === "extends" && job.extends?.length === 1) map.set(keyword, job.extends[0]);
    else map.set(keyword, document.createNode(value));
  }
  return map;
}

/** An entry of the file's top level as text, with a comment before it. */
const entry = once((json: string): string => {
  const { name, value, comment, isJob } = JSON.parse(json) as Entry;
  // GitLab reads YAML 1.1, where a bare `on`, `12:30:00` or `2026-01-01` is no text.
  const document = new Document(undefined, { compat: "yaml-1.1" });
  const root = new YAMLMap<Scalar, unknown>();
  const key = new Scalar(name);
  if (comment !== undefined) key.commentBefore = commented(comment);
  root.items = [new Pair(key, isJob ? jobNode(document, value as AnyJob) : document.createNode(value))];
  document.contents = root;
  return document.toString({ lineWidth: 0, indentSeq: true });
});

interface Entry {
  readonly name: string;
  readonly value: unknown;
  readonly comment?: string | undefined;
  readonly isJob: boolean;
}

/** The pipeline's file. Same pipeline, same bytes. */
export function renderPipeline(pipeline: AnyPipeline): string {
  const jobs = Object.entries<AnyJob>({ ...pipeline.hidden, ...pipeline.jobs });
  const entries: Entry[] = [
    ...(["include", "stages", "workflow", "variables"] as const)
      .filter((name) => pipeline[name] !== undefined)
      .map((name) => ({ name, value: pipeline[name], isJob: false })),
    ...jobs.map(([name, job]) => ({ name, value: job, comment: job.comment, isJob: true })),
  ];
  const header = pipeline.header.map((line) => (line === "" ? "" : `# ${line}`)).join("\n");
  return [`${header}\n`, ...entries.map((each) => entry(JSON.stringify(each)))].join("\n");
}
