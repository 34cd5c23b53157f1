/** The model as YAML: stable order, literal blocks for scripts, comments where a reader would ask why. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { AnyPipeline, Job, JobParts, Step } from "./model.ts";

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

function jobNode(document: Document, job: JobParts<string> & Partial<Job<string, string>>): YAMLMap {
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

/** An entry of the file's top level, with an empty line and a comment before it. */
function entry(name: string, value: unknown, comment?: string): Pair<Scalar> {
  const key = new Scalar(name);
  key.spaceBefore = true;
  if (comment !== undefined) key.commentBefore = commented(comment);
  return new Pair(key, value);
}

/** The pipeline's file. Same pipeline, same bytes. */
export function renderPipeline(pipeline: AnyPipeline): string {
  // GitLab reads YAML 1.1, where a bare `on`, `12:30:00` or `2026-01-01` is no text.
  const document = new Document(undefined, { compat: "yaml-1.1" });
  const root = new YAMLMap<Scalar, unknown>();
  const jobs: Readonly<Record<string, JobParts<string>>> = { ...pipeline.hidden, ...pipeline.jobs };
  root.items = [
    ...(["include", "stages", "workflow", "variables"] as const)
      .filter((name) => pipeline[name] !== undefined)
      .map((name) => entry(name, document.createNode(pipeline[name]))),
    ...Object.entries(jobs).map(([name, job]) => entry(name, jobNode(document, job), job.comment)),
  ];
  // The header has an empty line after it as it is.
  const [first] = root.items;
  if (first) first.key.spaceBefore = false;
  document.contents = root;
  document.commentBefore = commented(pipeline.header.join("\n"));
  return document.toString({ lineWidth: 0, indentSeq: true });
}
