/** From a file's jobs and the rules that match to who runs each, and after which others. */
import { LabError } from "../errors.ts";
import type { Variables } from "./context.ts";
import { type Cell, combinations, type ExpandedFile, fileVariables, type Need, textsOf } from "./expanded.ts";
import type { MatchedRules } from "./rules.ts";
import type { PipelineRunner } from "./runners.ts";
import type { When } from "./status.ts";
import { expand } from "./variables.ts";

/** Whether a job may fail: never, always, or by these exit codes. */
export type AllowFailure = boolean | readonly number[];

export interface PlannedJob {
  /** As GitLab names it: `build: [3.12, slim]` for a cell of a matrix. */
  readonly name: string;
  readonly stage: string;
  readonly when: When;
  readonly allowFailure: AllowFailure;
  /** Names of the jobs that end before this one starts. */
  readonly after: readonly string[];
  /** Whether {@link after} comes from `needs`, and not from the order of the stages. */
  readonly needed: boolean;
  /** Names of the jobs whose artifacts this one gets. */
  readonly artifactsOf: readonly string[];
  readonly tags: readonly string[];
  /** The runner that takes it; none has all its tags where this is absent. */
  readonly runner?: PipelineRunner;
  readonly cell: Cell;
  /** The file's, the job's, the cell's and the matching rule's variables. */
  readonly variables: Variables;
}

export interface PlanInput {
  readonly file: ExpandedFile;
  readonly cells: readonly Cell[];
  readonly matched: MatchedRules;
  readonly predefined: Variables;
  /** The project's and the run's: they come before the file's own. */
  readonly given: Variables;
  readonly protectedRef: boolean;
  readonly runners: readonly PipelineRunner[];
}

/** A cell that the rules let in. */
interface Active {
  readonly cell: Cell;
  readonly when: When;
  readonly allowFailure: AllowFailure;
  readonly needs: readonly Need[] | undefined;
  readonly variables: Variables;
}

/**
 * Decides for each job that the rules let in when it may start, and on which runner.
 *
 * @throws LabError where GitLab would not create the pipeline: a job needs one that is not in it.
 */
export function planJobs(input: PlanInput): PlannedJob[] {
  const { file, cells, matched, predefined, given, protectedRef, runners } = input;
  const active = cells.flatMap((cell, index) => activeOf(file, cell, matched, index) ?? []);
  return active.map((one) => {
    const { cell, variables, needs } = one;
    const known = { ...predefined, ...variables, ...given };
    const tags = (cell.job.tags ?? []).map((tag) => expand(tag, known));
    const runner = runners.find(
      (candidate) =>
        tags.every((tag) => candidate.tags.includes(tag)) && (protectedRef || !candidate.refProtected),
    );
    return {
      name: cell.name,
      stage: cell.job.stage,
      when: one.when,
      allowFailure: one.allowFailure,
      after: before(file, active, one).map((other) => other.cell.name),
      needed: needs !== undefined,
      artifactsOf: producers(file, active, one).map((other) => other.cell.name),
      tags,
      ...(runner === undefined ? {} : { runner }),
      cell,
      variables,
    };
  });
}

function activeOf(file: ExpandedFile, cell: Cell, matched: MatchedRules, index: number): Active | undefined {
  const rule = matched.of(index);
  if (rule === null) return undefined;
  const { job } = cell;
  const when = rule?.when ?? job.when ?? "on_success";
  if (when === "never") return undefined;
  const given = rule?.allow_failure ?? job.allow_failure;
  // Without rules, a manual job is one that nobody has to start.
  const allow = given ?? (rule === undefined && when === "manual");
  return {
    cell,
    when,
    allowFailure: typeof allow === "boolean" ? allow : allow.exit_codes,
    needs: rule?.needs ?? job.needs ?? undefined,
    variables: { ...fileVariables(file, cell), ...textsOf(rule?.variables) },
  };
}

const isJobOrCell = ({ name, base }: Cell, job: string): boolean => base === job || name === job;

function meets({ cell }: Active, { job, parallel }: Need): boolean {
  if (!isJobOrCell(cell, job)) return false;
  if (!parallel) return true;
  return parallel.matrix
    .flatMap(combinations)
    .some((wanted) => Object.entries(wanted).every(([name, value]) => cell.matrix[name] === value));
}

const position = (file: ExpandedFile, { cell }: Active): number => file.stages.indexOf(cell.job.stage);

const earlier = (file: ExpandedFile, active: readonly Active[], one: Active): Active[] =>
  active.filter((other) => position(file, other) < position(file, one));

function before(file: ExpandedFile, active: readonly Active[], one: Active): Active[] {
  if (one.needs === undefined) return earlier(file, active, one);
  return one.needs.flatMap((need) => {
    const found = active.filter((other) => meets(other, need));
    if (found.length === 0 && !need.optional) {
      throw new LabError(
        `'${one.cell.name}' job needs '${need.job}' job, but '${need.job}' does not exist in the pipeline. ` +
          "This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.",
      );
    }
    return found;
  });
}

/** `dependencies` narrows what `needs`, or else the order of the stages, would bring. */
function producers(file: ExpandedFile, active: readonly Active[], one: Active): Active[] {
  const { dependencies } = one.cell.job;
  const all =
    one.needs === undefined
      ? earlier(file, active, one)
      : active.filter((other) => one.needs?.some((need) => need.artifacts && meets(other, need)));
  if (!dependencies) return all;
  return all.filter(({ cell }) => dependencies.some((name) => isJobOrCell(cell, name)));
}
