/** How the checks look at a job: with what it inherits, step by step. */
import type { AnyJob, AnyPipeline, ScriptKeyword, Step } from "../model.ts";

export type RunStep = Extract<Step, { run: string }>;

export const SCRIPTS: readonly ScriptKeyword[] = ["before_script", "script", "after_script"];

export const allJobs = (pipeline: AnyPipeline): readonly (readonly [name: string, job: AnyJob])[] => [
  ...Object.entries(pipeline.hidden),
  ...Object.entries(pipeline.jobs),
];

/** A job with what it extends, farthest first. */
export function lineage(pipeline: AnyPipeline, job: AnyJob): readonly AnyJob[] {
  const bases = (job.extends ?? []).flatMap((name) => {
    const base = pipeline.hidden[name];
    return base ? lineage(pipeline, base) : [];
  });
  return [...bases, job];
}

/** The nearest value of a keyword, as `extends` merges it. */
export function inherited<K extends keyof AnyJob>(
  pipeline: AnyPipeline,
  job: AnyJob,
  keyword: K,
): AnyJob[K] | undefined {
  return lineage(pipeline, job)
    .map((part) => part[keyword])
    .findLast((value) => value !== undefined);
}

export function steps(job: AnyJob): (readonly [keyword: ScriptKeyword, step: Step, index: number])[] {
  return SCRIPTS.flatMap((keyword) =>
    (job[keyword] ?? []).map((step, index) => [keyword, step, index] as const),
  );
}

/** Steps of a job as it runs, what it refers to in its place. */
export const shellSteps = (pipeline: AnyPipeline, job: AnyJob): RunStep[] =>
  SCRIPTS.flatMap((keyword) => resolved(pipeline, inherited(pipeline, job, keyword) ?? []));

function resolved(pipeline: AnyPipeline, all: readonly Step[]): RunStep[] {
  return all.flatMap((step) => {
    if ("run" in step) return [step];
    const [name, keyword] = step.reference;
    return resolved(pipeline, pipeline.hidden[name]?.[keyword] ?? []);
  });
}
