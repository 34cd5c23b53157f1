/** Variables that a script or a rule reads and nobody sets. */
import type { AnyPipeline, Job } from "../model.ts";
import { once } from "../once.ts";
import { RULE_VARIABLES, SCRIPT_VARIABLES } from "../predefined-variables.ts";
import { inherited, lineage, shellSteps } from "./parts.ts";
import { withoutQuotations } from "./shell-words.ts";

/** Upper case: the environment. Names in lower case are a script's own, and shellcheck looks after them. */
const READ = /\$(?:([A-Z][A-Z0-9_]*)|\{([A-Z][A-Z0-9_]*)(?:[%#/^,][^}]*)?\})/g;
const SET = /(?:^|[\s;&|({])(?:export\s+|readonly\s+)?([A-Z][A-Z0-9_]*)=|\bfor\s+([A-Z][A-Z0-9_]*)\s+in\b/gm;
/** Who asks whether a variable is set knows that it may not be: `${NAME:-…}`. */
const ASKED = /\$\{([A-Z][A-Z0-9_]*):?[-+?=]/g;
const INPUT = /\bread\s+(?:-r\s+)?((?:[A-Z][A-Z0-9_]*\s*)+)/g;

const keys = (values: object | undefined): readonly string[] => Object.keys(values ?? {});

export function checkVariables(pipeline: AnyPipeline): string[] {
  const common = [
    ...keys(pipeline.variables),
    ...pipeline.workflow.rules.flatMap((rule) => keys(rule.variables)),
    ...pipeline.projectVariables,
  ];
  return Object.entries(pipeline.jobs).flatMap(([name, job]) => [
    ...checkRules(pipeline, name, job, common),
    ...checkReads(pipeline, name, job, common),
  ]);
}

function checkRules(
  pipeline: AnyPipeline,
  name: string,
  job: Job<string, string>,
  common: readonly string[],
): string[] {
  const known = new Set([...RULE_VARIABLES, ...common, ...ofJob(pipeline, job)]);
  const read = (inherited(pipeline, job, "rules") ?? []).flatMap((rule) => readsOf(rule.if ?? ""));
  return unknown(read, known).map((variable) =>
    SCRIPT_VARIABLES.has(variable)
      ? `${name}: a rule reads $${variable}, which is not known before a runner takes the job`
      : `${name}: a rule reads $${variable}, which nobody sets`,
  );
}

function checkReads(
  pipeline: AnyPipeline,
  name: string,
  job: Job<string, string>,
  common: readonly string[],
): string[] {
  const scripts = shellSteps(pipeline, job);
  const own = scripts.flatMap(({ run }) => variablesIn(run).set);
  // What a user wrote may read variables of the project, its groups and the instance, which nobody knows here.
  const read = scripts.filter((step) => step.own !== true).flatMap(({ run }) => variablesIn(run).read);
  const known = new Set([...SCRIPT_VARIABLES, ...common, ...ofJob(pipeline, job), ...own]);
  return unknown(read, known).map((variable) => `${name}: reads $${variable}, which nobody sets`);
}

/** What a script reads, and what it sets or knows to be unset perhaps. */
const variablesIn = once((script: string) => {
  const text = withoutQuotations(script);
  return {
    read: readsOf(text),
    set: [
      ...[...text.matchAll(SET)].flatMap(([, assigned, looped]) => assigned ?? looped ?? []),
      ...[...text.matchAll(ASKED)].flatMap(([, asked]) => asked ?? []),
      ...[...text.matchAll(INPUT)].flatMap(([, names = ""]) => names.trim().split(/\s+/)),
    ],
  };
});

/** What a job's keywords set, those that it inherits included. */
const ofJob = (pipeline: AnyPipeline, job: Job<string, string>): readonly string[] =>
  lineage(pipeline, job).flatMap((part) => [
    ...keys(part.variables),
    ...keys(part.id_tokens),
    ...(part.rules ?? []).flatMap((rule) => keys(rule.variables)),
    ...(part.parallel?.matrix ?? []).flatMap(keys),
  ]);

const readsOf = (text: string): readonly string[] =>
  [...text.matchAll(READ)].flatMap(([, bare, braced]) => bare ?? braced ?? []);

const unknown = (read: readonly string[], known: ReadonlySet<string>): readonly string[] =>
  [...new Set(read)].filter((variable) => !known.has(variable)).sort();
