/** Stages, needs, references and rules: whether every job can start, after what it waits for. */
import type { AnyJob, AnyPipeline, Job, Rule } from "../model.ts";
import { allJobs, inherited, steps } from "./parts.ts";

export function checkGraph(pipeline: AnyPipeline): string[] {
  const jobs = Object.entries(pipeline.jobs);
  return [
    ...(jobs.length === 0 ? ["the pipeline has no job"] : []),
    ...jobs.flatMap(([name, job]) => [
      ...checkStage(pipeline, name, job),
      ...checkNeeds(pipeline, name, job),
      ...checkDependencies(pipeline, name, job),
      ...checkStart(pipeline, name, job),
    ]),
    ...cycles(pipeline),
    ...allJobs(pipeline).flatMap(([name, job]) => checkReferences(pipeline, name, job)),
  ];
}

function checkStage({ stages }: AnyPipeline, name: string, job: Job<string, string>): string[] {
  return stages.includes(job.stage)
    ? []
    : [`${name}: stage '${job.stage}' is not in stages: ${stages.join(", ")}`];
}

function checkNeeds(pipeline: AnyPipeline, name: string, job: Job<string, string>): string[] {
  const position = pipeline.stages.indexOf(job.stage);
  return (inherited(pipeline, job, "needs") ?? []).flatMap((need) => {
    const needed = pipeline.jobs[need.job];
    if (!needed) return [`${name}: needs '${need.job}', which is no job of this pipeline`];
    if (pipeline.stages.indexOf(needed.stage) > position)
      return [`${name}: needs '${need.job}' of the later stage '${needed.stage}'`];
    if (need.artifacts && !inherited(pipeline, needed, "artifacts"))
      return [`${name}: needs artifacts of '${need.job}', which produces none`];
    return [];
  });
}

function checkDependencies(pipeline: AnyPipeline, name: string, job: Job<string, string>): string[] {
  const position = pipeline.stages.indexOf(job.stage);
  return (job.dependencies ?? []).flatMap((dependency) => {
    const other = pipeline.jobs[dependency];
    if (!other) return [`${name}: takes artifacts of '${dependency}', which is no job of this pipeline`];
    if (pipeline.stages.indexOf(other.stage) >= position && !job.needs)
      return [`${name}: takes artifacts of '${dependency}', which is in no earlier stage`];
    if (!inherited(pipeline, other, "artifacts"))
      return [`${name}: takes artifacts of '${dependency}', which produces none`];
    return [];
  });
}

function checkStart(pipeline: AnyPipeline, name: string, job: Job<string, string>): string[] {
  const problems: string[] = [];
  const rules = inherited(pipeline, job, "rules");
  // A rule without a condition always matches, and so none after it ever does.
  const first = rules?.findIndex(isUnconditional) ?? -1;
  const reachable = first < 0 ? rules : rules?.slice(0, first + 1);
  if (reachable?.every((rule) => rule.when === "never")) problems.push(`${name}: no rule can ever start it`);
  else if (first >= 0 && rules && first < rules.length - 1)
    problems.push(`${name}: rule ${first + 1} always matches, so those after it never do`);
  problems.push(...(rules ?? []).flatMap((rule) => patternProblems(name, rule)));
  if (!inherited(pipeline, job, "image")) problems.push(`${name}: has no image`);
  if (!inherited(pipeline, job, "tags"))
    problems.push(`${name}: has no tags, so that any runner may take it`);
  return problems;
}

const isUnconditional = (rule: Rule): boolean =>
  rule.if === undefined && rule.exists === undefined && rule.changes === undefined;

/** @see https://docs.gitlab.com/ci/yaml/#ruleschanges */
const MOST_PATTERNS = 50;

/** GitLab compares paths as text: `./` and `//` never match. */
function patternProblems(name: string, rule: Rule): string[] {
  const changes: readonly string[] = rule.changes ?? [];
  const many = changes.length > MOST_PATTERNS;
  return [
    ...(many ? [`${name}: a rule has ${changes.length} patterns of changes; ${MOST_PATTERNS} at most`] : []),
    ...changes
      .filter((pattern) => /^\.{0,2}\/|\/\//.test(pattern))
      .map((pattern) => `${name}: '${pattern}' matches no file; write it from the repository's root`),
  ];
}

function cycles(pipeline: AnyPipeline): string[] {
  const needsOf = (name: string) =>
    inherited(pipeline, pipeline.jobs[name] ?? { comment: "" }, "needs") ?? [];
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    needsOf(from).some(({ job }) => {
      if (job === to) return true;
      if (seen.has(job)) return false;
      seen.add(job);
      return reaches(job, to, seen);
    });
  return Object.keys(pipeline.jobs)
    .filter((name) => reaches(name, name, new Set()))
    .map((name) => `${name}: needs itself, through its needs`);
}

function checkReferences(pipeline: AnyPipeline, name: string, job: AnyJob): string[] {
  const unknown = (job.extends ?? [])
    .filter((base) => !pipeline.hidden[base])
    .map((base) => `${name}: extends '${base}', which is not there`);
  const dangling = steps(job).flatMap(([, step]) => {
    if (!("reference" in step)) return [];
    const [target, keyword] = step.reference;
    return pipeline.hidden[target]?.[keyword]
      ? []
      : [`${name}: refers to ${keyword} of '${target}', which is not there`];
  });
  return [...unknown, ...dangling];
}
