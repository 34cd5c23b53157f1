/**
 * Which of its rules a job matches. gitlab-ci-local evaluates `if` and `exists`, and does not say which rule it was: so it
 * is asked about jobs that carry each rule's number. `changes` is decided here, since it compares with another commit than
 * GitLab does.
 */
import picomatch from "picomatch";
import { z } from "zod";
import type { Variables } from "./context.ts";
import { type Cell, type ExpandedFile, fileVariables, type Rule } from "./expanded.ts";
import { expand } from "./variables.ts";

/**
 * Files that changed since the commit that GitLab compares with; undefined where there is none, and every `changes` is
 * true: on new branches, tags, schedules and manual runs.
 *
 * @param compareTo `rules:changes:compare_to`.
 */
export type ChangedFiles = (compareTo: string | undefined) => readonly string[] | undefined;

/** Numbers of rules are told from a file's own exit codes by this. */
const firstNumber = 1000;

const probeName = (pipeline: number, index: number | "workflow"): string => `probe-${pipeline}-${index}`;

/** What rules are matched against. */
export interface Circumstances {
  readonly predefined: Variables;
  /** Of the project and the run: they come before a file's own. */
  readonly given: Variables;
  readonly changed: ChangedFiles;
}

/**
 * A file of one job for each of the cells with rules, which says by its `allow_failure` which rule matched; for several
 * pipelines at once.
 */
export function probesOf(
  file: ExpandedFile,
  cells: readonly Cell[],
  pipelines: readonly Circumstances[],
): Readonly<Record<string, unknown>> {
  const probes: Record<string, unknown> = { stages: ["probe"] };
  for (const [pipeline, { predefined, given, changed }] of pipelines.entries()) {
    const probe = (rules: readonly Rule[], own: Variables) => {
      const known = { ...predefined, ...own };
      const numbered = rules.map((rule, index) => numberedRule(rule, index, known, changed));
      const variables = { ...known, ...given };
      return { stage: "probe", image: "none", script: ["true"], variables, rules: numbered };
    };
    if (file.workflow !== undefined)
      probes[probeName(pipeline, "workflow")] = probe(file.workflow, file.variables);
    for (const [index, cell] of cells.entries()) {
      const { rules } = cell.job;
      if (rules) probes[probeName(pipeline, index)] = probe(rules, fileVariables(file, cell));
    }
  }
  return probes;
}

function numberedRule(rule: Rule, index: number, variables: Variables, changed: ChangedFiles) {
  const outcome = { when: "always", allow_failure: { exit_codes: firstNumber + index } };
  if (!changesMatch(rule, variables, changed)) return { if: '"changes" == "none"', ...outcome };
  const exists = rule.exists === undefined || Array.isArray(rule.exists) ? rule.exists : rule.exists.paths;
  return {
    ...(rule.if === undefined ? {} : { if: rule.if }),
    ...(exists === undefined ? {} : { exists }),
    ...outcome,
  };
}

/** GitLab's patterns are Ruby's `File.fnmatch`: dots are nothing special, and `*` ends at a slash. */
function changesMatch({ changes }: Rule, variables: Variables, changed: ChangedFiles): boolean {
  if (changes === undefined) return true;
  const files = changed(Array.isArray(changes) ? undefined : changes.compare_to);
  if (files === undefined) return true;
  const paths = Array.isArray(changes) ? changes : changes.paths;
  const matches = picomatch(
    paths.map((path) => expand(path, variables)),
    { dot: true },
  );
  return files.some((file) => matches(file));
}

const answer = z.array(
  z.looseObject({
    name: z.string(),
    when: z.string(),
    allow_failure: z.union([z.boolean(), z.object({ exit_codes: z.number() })]),
  }),
);

/** The rule of each cell, by the cell's place; null where none of its rules matches. */
export interface MatchedRules {
  /** Whether the workflow's rules want this pipeline. */
  readonly wanted: boolean;
  /** The workflow's matching rule. */
  readonly workflow: Rule | undefined;
  of(index: number): Rule | null | undefined;
}

/** Without any rules: every job is wanted. */
export const noRules: MatchedRules = { wanted: true, workflow: undefined, of: () => undefined };

/** Reads what `gitlab-ci-local --list-json` says of {@link probesOf} so many pipelines. */
export function matchedRules(
  file: ExpandedFile,
  cells: readonly Cell[],
  pipelines: number,
  text: string,
): MatchedRules[] {
  const numbers = new Map<string, number>();
  for (const { name, when, allow_failure } of answer.parse(JSON.parse(text))) {
    if (when !== "never" && typeof allow_failure === "object") {
      numbers.set(name, allow_failure.exit_codes - firstNumber);
    }
  }
  return Array.from({ length: pipelines }, (_, pipeline) => {
    const ruleOf = (index: number | "workflow", rules: readonly Rule[]) =>
      rules[numbers.get(probeName(pipeline, index)) ?? -1];
    const workflow = ruleOf("workflow", file.workflow ?? []);
    return {
      wanted: file.workflow === undefined || (workflow !== undefined && workflow.when !== "never"),
      workflow,
      of: (index) => {
        const rules = cells[index]?.job.rules;
        return rules ? (ruleOf(index, rules) ?? null) : undefined;
      },
    };
  });
}
