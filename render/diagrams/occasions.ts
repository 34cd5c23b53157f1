/** What starts a pipeline, and which jobs are in it then. */
import { inherited } from "../../pipeline/check/parts.ts";
import type { AnyJob, AnyPipeline, Rule, Rules } from "../../pipeline/model.ts";
import { type Answer, decide, type Known } from "./conditions.ts";

export interface Occasion {
  /** In a word or three: it heads a column. */
  readonly name: string;
  readonly kind: "push" | "schedule" | "hand";
  readonly known: Known;
}

/** How a job is in a pipeline: it starts, is manual, is absent, or depends on what is not known here. */
export type Presence = "starts" | "by hand" | "absent" | "maybe";

/** What all pipelines have in common, unless they say otherwise. */
const NOTHING: Known = {
  CI_COMMIT_BRANCH: null,
  CI_COMMIT_TAG: null,
  CI_OPEN_MERGE_REQUESTS: null,
  CI_MERGE_REQUEST_ID: null,
  CI_MERGE_REQUEST_IID: null,
  CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED: null,
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: null,
  CI_DEFAULT_BRANCH: "main",
  CI_PROJECT_ID: "1",
  CI_PIPELINE_SOURCE: "push",
  CI_COMMIT_REF_PROTECTED: "false",
};

const mergeRequest = (sourceProject: string): Known => ({
  CI_PIPELINE_SOURCE: "merge_request_event",
  CI_MERGE_REQUEST_ID: "1",
  CI_MERGE_REQUEST_IID: "1",
  CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED: "false",
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: sourceProject,
});

const ON_DEFAULT_BRANCH: Known = { CI_COMMIT_BRANCH: "main", CI_COMMIT_REF_PROTECTED: "true" };

/** Every push there is. */
const PUSHES: readonly Occasion[] = [
  { name: "branch", kind: "push", known: { CI_COMMIT_BRANCH: "feature" } },
  { name: "merge request", kind: "push", known: mergeRequest("1") },
  { name: "fork’s merge request", kind: "push", known: mergeRequest("2") },
  {
    name: "protected branch’s merge request",
    kind: "push",
    known: {
      ...mergeRequest("1"),
      CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED: "true",
      CI_COMMIT_REF_PROTECTED: "true",
    },
  },
  { name: "default branch", kind: "push", known: ON_DEFAULT_BRANCH },
  { name: "tag", kind: "push", known: { CI_COMMIT_TAG: "v1.2.3", CI_COMMIT_REF_PROTECTED: "true" } },
];

/** A schedule of the default branch. */
export interface NamedSchedule {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
}

const conditionsOf = (pipeline: AnyPipeline): string[] =>
  [
    pipeline.workflow.rules,
    ...Object.values(pipeline.jobs).map((job) => inherited(pipeline, job, "rules") ?? []),
  ]
    .flat()
    .flatMap((rule) => rule.if ?? []);

/** What `$OPERATION` is compared with: pipelines for something else than building. */
const operationsOf = (conditions: readonly string[]): string[] => [
  ...new Set(
    conditions.flatMap((condition) =>
      [...condition.matchAll(/\$OPERATION == "([^"]+)"/g)].flatMap(([, name]) => name ?? []),
    ),
  ),
];

/**
 * The occasions on which a project has a pipeline: pushes, its schedules, and operations that a person starts.
 *
 * @param schedules with the variables that each sets.
 */
export function occasionsOf(pipeline: AnyPipeline, schedules: readonly NamedSchedule[]): Occasion[] {
  const scheduled = new Set(schedules.map(({ variables }) => variables.OPERATION));
  const unset = Object.fromEntries(
    ["OPERATION", ...schedules.flatMap(({ variables }) => Object.keys(variables))].map((key) => [key, null]),
  );
  const all: Occasion[] = [
    ...PUSHES,
    ...schedules.map(
      ({ name, variables }): Occasion => ({
        name,
        kind: "schedule",
        known: { ...ON_DEFAULT_BRANCH, CI_PIPELINE_SOURCE: "schedule", ...variables },
      }),
    ),
    ...operationsOf(conditionsOf(pipeline))
      .filter((name) => !scheduled.has(name))
      .map(
        (name): Occasion => ({
          name,
          kind: "hand",
          known: { ...ON_DEFAULT_BRANCH, CI_PIPELINE_SOURCE: "web", OPERATION: name },
        }),
      ),
  ];
  return all
    .map((occasion) => ({ ...occasion, known: { ...NOTHING, ...unset, ...occasion.known } }))
    .flatMap((occasion) => {
      const rule = decided(pipeline.workflow.rules, occasion.known).find(({ when }) => when !== "never");
      const known = { ...pipeline.variables, ...rule?.variables, ...occasion.known };
      return rule ? [{ ...occasion, known }] : [];
    });
}

const holds = (rule: Rule, known: Known): Answer => {
  const answer = rule.if === undefined ? true : decide(rule.if, known);
  // Files of the commit decide as well.
  return answer !== false && (rule.exists !== undefined || rule.changes !== undefined) ? undefined : answer;
};

/** The rules that may decide, up to the first that certainly does; none at the end is one that says never. */
function decided(rules: Rules, known: Known): readonly Rule[] {
  const possible: Rule[] = [];
  for (const rule of rules) {
    const answer = holds(rule, known);
    if (answer !== false) possible.push(rule);
    if (answer === true) return possible;
  }
  return [...possible, { when: "never" }];
}

const presenceBy = ({ when }: Rule): Presence =>
  when === "never" ? "absent" : when === "manual" ? "by hand" : "starts";

/** How the job is in the pipeline of an occasion. */
export function presenceOf(pipeline: AnyPipeline, job: AnyJob, { known }: Occasion): Presence {
  const rules = inherited(pipeline, job, "rules");
  const variables = inherited(pipeline, job, "variables");
  const all = rules
    ? decided(rules, { ...variables, ...known }).map(presenceBy)
    : (["starts"] satisfies Presence[]);
  const [first = "absent", ...others] = new Set(all);
  return others.length > 0 ? "maybe" : first;
}

/** A tag as the job has it on the occasions given; where they differ, all in braces: `buildx-{open,protected}`. */
export function tagOn(tag: string, occasions: readonly Occasion[]): string {
  return tag.replaceAll(/\$\{?(\w+)\}?/g, (written, name: string) => {
    const values = [...new Set(occasions.map(({ known }) => known[name] ?? written))];
    return values.length === 1 ? (values[0] ?? written) : `{${values.join(",")}}`;
  });
}
