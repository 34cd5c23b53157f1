/**
 * What must hold before a pipeline is committed. GitLab would find some of it after the commit, and the rest never.
 */
import { spawnSync } from "node:child_process";
import type { Job, JobParts, Pipeline, ScriptKeyword, Step } from "./model.ts";

/** Text that no pipeline may hold, and why. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [
    /\bprivileged\b|--cap-add|--security-opt/,
    "asks for privileges; jobs build on the host's rootless daemon",
  ],
  [/\bdind\b/, "uses Docker-in-Docker; jobs build on the host's rootless daemon"],
  [
    /\bdocker\s+login\b[^\n|;&]*\s(?:-p|--password)[\s=]/,
    "passes a password as an argument; use --password-stdin",
  ],
  [/\b(?:glpat|glrt|gldt|glcbt|glptt)-[A-Za-z0-9_-]{8,}/, "holds a GitLab token"],
  [/\bAKIA[0-9A-Z]{16}\b/, "holds an AWS access key"],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/, "holds a GitHub token"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "holds a private key"],
];

const SCRIPTS: readonly ScriptKeyword[] = ["before_script", "script", "after_script"];

/** @returns a sentence for each problem, naming the job; none for a sound pipeline. */
export function checkPipeline(pipeline: Pipeline): string[] {
  const jobs = Object.entries(pipeline.jobs);
  const hidden = Object.entries(pipeline.hidden);
  return [
    ...(jobs.length === 0 ? ["the pipeline has no job"] : []),
    ...jobs.flatMap(([name, job]) => checkJob(pipeline, name, job)),
    ...cycles(pipeline),
    ...[...hidden, ...jobs].flatMap(([name, job]) => [
      ...checkReferences(pipeline, name, job),
      ...checkText(name, job),
    ]),
    ...checkShell([...hidden, ...jobs]),
  ];
}

function checkJob(pipeline: Pipeline, name: string, job: Job): string[] {
  const problems: string[] = [];
  const position = pipeline.stages.indexOf(job.stage);
  if (position < 0)
    problems.push(`${name}: stage '${job.stage}' is not in stages: ${pipeline.stages.join(", ")}`);
  for (const need of job.needs ?? []) {
    const needed = pipeline.jobs[need.job];
    if (!needed) problems.push(`${name}: needs '${need.job}', which is no job of this pipeline`);
    else if (pipeline.stages.indexOf(needed.stage) > position)
      problems.push(`${name}: needs '${need.job}' of the later stage '${needed.stage}'`);
    else if (need.artifacts && !needed.artifacts)
      problems.push(`${name}: needs artifacts of '${need.job}', which produces none`);
  }
  if (job.rules?.every((rule) => rule.when === "never")) problems.push(`${name}: no rule can ever start it`);
  if (!imageOf(pipeline, job)) problems.push(`${name}: has no image`);
  return problems;
}

function imageOf(pipeline: Pipeline, job: JobParts): JobParts["image"] {
  if (job.image) return job.image;
  const bases = (job.extends ?? []).map((name) => pipeline.hidden[name as `.${string}`]);
  return bases.map((base) => base && imageOf(pipeline, base)).findLast((image) => image !== undefined);
}

function cycles(pipeline: Pipeline): string[] {
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (pipeline.jobs[from]?.needs ?? []).some(({ job }) => {
      if (job === to) return true;
      if (seen.has(job)) return false;
      seen.add(job);
      return reaches(job, to, seen);
    });
  return Object.keys(pipeline.jobs)
    .filter((name) => reaches(name, name, new Set()))
    .map((name) => `${name}: needs itself, through its needs`);
}

function checkReferences(pipeline: Pipeline, name: string, job: JobParts & Partial<Job>): string[] {
  const all: Readonly<Record<string, JobParts & Partial<Job>>> = { ...pipeline.hidden, ...pipeline.jobs };
  const unknown = (job.extends ?? [])
    .filter((base) => !all[base])
    .map((base) => `${name}: extends '${base}', which is not there`);
  const dangling = steps(job).flatMap(([, step]) => {
    if (!("reference" in step)) return [];
    const [target, keyword] = step.reference;
    return all[target]?.[keyword] ? [] : [`${name}: refers to ${keyword} of '${target}', which is not there`];
  });
  return [...unknown, ...dangling];
}

function steps(job: JobParts & Partial<Job>): (readonly [ScriptKeyword, Step])[] {
  return SCRIPTS.flatMap((keyword) => (job[keyword] ?? []).map((step) => [keyword, step] as const));
}

/** Every string of a job, its keys included. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "comment" ? [] : [key, ...strings(inner)]));
}

function checkText(name: string, job: JobParts): string[] {
  const texts = strings(job);
  return FORBIDDEN.flatMap(([pattern, reason]) =>
    texts
      .flatMap((text) => text.split("\n"))
      .filter((line) => pattern.test(line))
      // The line itself may be the secret.
      .map(() => `${name}: a line ${reason}`),
  );
}

const soundScripts = new Set<string>();

/** Steps whose script is no valid shell. A sound script is looked at once, however many pipelines have it. */
function checkShell(jobs: readonly (readonly [string, JobParts & Partial<Job>])[]): string[] {
  const scripts = jobs.flatMap(([name, job]) =>
    steps(job).flatMap(([keyword, step], index) =>
      "run" in step && !soundScripts.has(step.run)
        ? [{ where: `${name}: ${keyword} step ${index + 1}`, text: step.run }]
        : [],
    ),
  );
  // One process for all of them. Braces keep a script from being completed by the next one.
  if (shellProblem(scripts.map(({ text }, index) => `f${index}() {\n${text}\n}\n`).join("")) === undefined) {
    for (const { text } of scripts) soundScripts.add(text);
    return [];
  }
  return scripts.flatMap(({ where, text }) => {
    const problem = shellProblem(text);
    return problem === undefined ? [] : [`${where} is no valid shell: ${problem}`];
  });
}

/** What a POSIX shell says of a script's syntax; nothing where it has no objection, or where there is no shell. */
export function shellProblem(text: string): string | undefined {
  if (text === "") return undefined;
  const { status, stderr } = spawnSync("sh", ["-n"], { input: text, encoding: "utf8" });
  return status === 0 || status === null ? undefined : stderr.trim();
}
