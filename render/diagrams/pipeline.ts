/** A project's pipeline as a diagram: stages in their order, jobs, what they wait for, and when they are there. */
import { inherited } from "../../pipeline/check/parts.ts";
import type { AnyPipeline, JobParts } from "../../pipeline/model.ts";
import {
  counted,
  type Diagram,
  type DiagramEdge,
  type DiagramNode,
  type Mark,
  type NodeKind,
  wrapped,
} from "./model.ts";
import { type Occasion, type Presence, presenceOf, tagOn } from "./occasions.ts";

/** A job, and what a reader asks of it. */
export interface JobFacts {
  readonly name: string;
  readonly stage: string;
  /** What it is for. */
  readonly comment: string;
  /** In the order of the occasions. */
  readonly presence: readonly Presence[];
  readonly tags: readonly string[];
  /** Undefined: it waits for all jobs of the stages before. */
  readonly needs: readonly { readonly job: string; readonly optional: boolean }[] | undefined;
  /** Jobs that it becomes. */
  readonly cells: number;
}

const cellsOf = ({ parallel }: Pick<JobParts, "parallel">): number =>
  (parallel?.matrix ?? []).reduce(
    (sum, values) => sum + Object.values(values).reduce((product, { length }) => product * length, 1),
    0,
  ) || 1;

/** Jobs in the order of the file. */
export function jobFacts(pipeline: AnyPipeline, occasions: readonly Occasion[]): JobFacts[] {
  return Object.entries(pipeline.jobs).map(([name, job]) => {
    const presence = occasions.map((occasion) => presenceOf(pipeline, job, occasion));
    const there = occasions.filter((_, index) => presence[index] !== "absent");
    return {
      name,
      stage: job.stage,
      comment: job.comment,
      presence,
      tags: (inherited(pipeline, job, "tags") ?? []).map((tag) => tagOn(tag, there)),
      needs: inherited(pipeline, job, "needs")?.map(({ job: needed, optional = false }) => ({
        job: needed,
        optional,
      })),
      cells: cellsOf(job),
    };
  });
}

/** When a job is there, in words: `every push`, `every push but tag`, `default branch, tag`. */
export function whenInWords(presence: readonly Presence[], occasions: readonly Occasion[]): string {
  const named = (kind: Occasion["kind"], isThere: boolean) =>
    occasions
      .filter((one, index) => one.kind === kind && (presence[index] !== "absent") === isThere)
      .map(({ name }) => name);
  const [there, missing] = [named("push", true), named("push", false)];
  const pushes =
    missing.length === 0 && there.length > 1
      ? ["every push"]
      : missing.length <= 2 && missing.length < there.length
        ? [`every push but ${missing.join(", ")}`]
        : there;
  const schedules = named("schedule", true);
  // Those of the default branch say nothing new of a job that its pushes have as well.
  const own = presence[occasions.findIndex(({ name }) => name === "default branch")] === "absent";
  const all = [
    ...pushes,
    ...(own || there.length === 0 ? schedules.map((name) => `schedule ${name}`) : []),
    ...named("hand", true).map((name) => `OPERATION=${name}`),
  ];
  return all.length > 0 ? all.join(", ") : "never";
}

/** What a job waits for, in words. */
export function needsInWords({ needs }: JobFacts): string {
  if (needs === undefined) return "all jobs before";
  if (needs.length === 0) return "no job";
  return needs.map(({ job, optional }) => (optional ? `${job} (if there)` : job)).join(", ");
}

function marksOf({ presence, cells }: JobFacts, occasions: readonly Occasion[]): Mark[] {
  const kinds = new Set(occasions.filter((_, index) => presence[index] !== "absent").map(({ kind }) => kind));
  const marks: (Mark | false)[] = [
    presence.includes("by hand") && { kind: "manual", text: "by hand" },
    !presence.includes("by hand") && kinds.has("hand") && { kind: "manual", text: "run pipeline" },
    kinds.has("schedule") && !kinds.has("push") && { kind: "schedule", text: "on schedule" },
    cells > 1 && { kind: "many", text: `${cells} at once` },
    presence.includes("maybe") && { kind: "maybe", text: "if its rules match" },
  ];
  return marks.filter((mark) => mark !== false);
}

const KINDS: Readonly<Record<string, NodeKind>> = {
  check: "check",
  build: "build",
  verify: "check",
  sign: "move",
  promote: "move",
  operate: "operate",
  preview: "build",
  note: "check",
  up: "move",
  drift: "operate",
};

function nodeOf(facts: JobFacts, occasions: readonly Occasion[], anchor: string): DiagramNode {
  const { name, stage, presence, tags, needs } = facts;
  return {
    id: `job ${name}`,
    title: name,
    lines: [
      ...wrapped(whenInWords(presence, occasions)),
      ...(needs?.length === 0 ? ["waits for no job"] : []),
      ...(tags.length > 0 ? [tags.join(" ")] : []),
    ],
    kind: KINDS[stage] ?? "other",
    marks: marksOf(facts, occasions),
    group: `stage ${stage}`,
    href: `#${anchor}-${encodeURIComponent(name)}`,
  };
}

/** Stages that nothing is in are the project's own jobs'. */
const groupsOf = ({ stages }: AnyPipeline) =>
  stages.map((stage, index) => ({ id: `stage ${stage}`, title: `${index + 1} ${stage}` }));

function edgesOf({ stages }: AnyPipeline, jobs: readonly JobFacts[]): DiagramEdge[] {
  const order = stages.slice(1).map(
    (stage, index): DiagramEdge => ({
      from: `stage ${stages[index]}`,
      to: `stage ${stage}`,
      kind: "order",
    }),
  );
  const needs = jobs.flatMap(({ name, needs = [] }) =>
    needs.map(
      ({ job, optional }): DiagramEdge => ({
        from: `job ${job}`,
        to: `job ${name}`,
        kind: optional ? "optional" : "need",
      }),
    ),
  );
  return [...order, ...needs];
}

/**
 * @param anchor begins the anchors that jobs lead to.
 * @example
 * pipelineDiagram("acme/shop", pipeline, occasionsOf(pipeline, schedulesOf(project)), "p1");
 */
export function pipelineDiagram(
  title: string,
  pipeline: AnyPipeline,
  occasions: readonly Occasion[],
  anchor: string,
): Diagram {
  const jobs = jobFacts(pipeline, occasions);
  const inStages = pipeline.stages
    .map((stage) => [stage, jobs.filter((job) => job.stage === stage).map(({ name }) => name)] as const)
    .map(([stage, names]) => `${stage}: ${names.join(", ") || "the project’s own jobs"}`);
  return {
    title: `Pipeline of ${title}`,
    description: `${counted(jobs.length, "job")} in ${counted(pipeline.stages.length, "stage")}. ${inStages.join("; ")}.`,
    groups: groupsOf(pipeline),
    nodes: jobs.map((facts) => nodeOf(facts, occasions, anchor)),
    edges: edgesOf(pipeline, jobs),
  };
}
