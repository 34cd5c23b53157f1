/** What several jobs say in the same words stands in the file once: as a hidden job that they refer to. */
import type { AnyPipeline, HiddenName, Job, JobParts, Pipeline, Step } from "./model.ts";

/** A step that may occur in many jobs, and the hidden job that it moves into. */
export interface SharedStep {
  readonly name: HiddenName;
  readonly comment: string;
  readonly step: Step;
}

const SECTIONS = ["before_script", "script"] as const;
type Section = (typeof SECTIONS)[number];
type Sections = { readonly [section in Section]?: readonly Step[] };

const textOf = (step: Step): string | undefined => ("run" in step ? step.run : undefined);

/** Changes the steps of a job section by section, and leaves a job without any as it is. */
function withSteps<Parts extends JobParts<string> & Sections>(
  parts: Parts,
  change: (steps: readonly Step[], section: Section) => readonly Step[],
): Parts {
  const changed = SECTIONS.flatMap((section) => {
    const steps = parts[section];
    return steps === undefined ? [] : [[section, change(steps, section)] as const];
  });
  return { ...parts, ...Object.fromEntries(changed) };
}

function mapJobs<S extends string, N extends string>(
  pipeline: Pipeline<S, N>,
  change: <P extends JobParts<string> & Sections>(parts: P) => P,
): Pipeline<S, N> {
  const all = <P extends JobParts<string> & Sections>(record: Readonly<Record<string, P>>) =>
    Object.fromEntries(Object.entries(record).map(([name, parts]) => [name, change(parts)]));
  return { ...pipeline, hidden: all<JobParts<N>>(pipeline.hidden), jobs: all<Job<S, N>>(pipeline.jobs) };
}

/** Moves each step that occurs more than once into its hidden job. */
export function factorOut(pipeline: Pipeline, shared: readonly SharedStep[]): Pipeline {
  const parts: readonly (JobParts & Sections)[] = [
    ...Object.values(pipeline.hidden),
    ...Object.values(pipeline.jobs),
  ];
  const texts = parts.flatMap((part) =>
    SECTIONS.flatMap((section) => (part[section] ?? []).map((step) => textOf(step))),
  );
  const used = shared.filter(({ step }) => texts.filter((text) => text === textOf(step)).length > 1);
  const replaced = mapJobs(pipeline, (part) =>
    withSteps(part, (steps) =>
      steps.map((step) => {
        const found = used.find((one) => textOf(one.step) === textOf(step));
        return found === undefined || !("run" in step) ? step : { reference: [found.name, "before_script"] };
      }),
    ),
  );
  const hidden = used.map(({ name, comment, step }) => {
    const run = textOf(step) ?? "";
    return [name, { comment, before_script: [{ run }] }] as const;
  });
  return { ...replaced, hidden: { ...Object.fromEntries(hidden), ...replaced.hidden } };
}

const STRICT = /^set -eu\n/m;

/** A section's steps without the settings that are in force already, and whether they are at its end. */
function tidied(
  steps: readonly Step[],
  strictBefore: boolean,
  pipeline: AnyPipeline,
): { readonly steps: readonly Step[]; readonly strict: boolean } {
  let strict = strictBefore;
  const result = steps.map((step) => {
    if (!("run" in step)) {
      const [name, section] = step.reference;
      const target = pipeline.hidden[name]?.[section] ?? [];
      strict ||= target.some((one) => STRICT.test(textOf(one) ?? ""));
      return step;
    }
    if (step.own === true || !STRICT.test(step.run)) return step;
    const run = step.run.replaceAll(new RegExp(STRICT, "gm"), () => {
      const said = strict ? "" : "set -eu\n";
      strict = true;
      return said;
    });
    return { ...step, run };
  });
  return { steps: result, strict };
}

/** The before_script that is in force for a job. */
function inForce(pipeline: AnyPipeline, parts: JobParts<string>): readonly Step[] {
  const bases = (parts.extends ?? []).map((name) => pipeline.hidden[name]);
  const inherited = bases
    .map((base) => (base ? inForce(pipeline, base) : []))
    .findLast((steps) => steps.length > 0);
  return parts.before_script ?? inherited ?? [];
}

/** `before_script` and `script` run in one shell: its settings are made once. */
export function tidySettings<S extends string, N extends string>(pipeline: Pipeline<S, N>): Pipeline<S, N> {
  return mapJobs(pipeline, (parts) => {
    const before = tidied(inForce(pipeline, parts), false, pipeline);
    return withSteps(parts, (steps, section) =>
      section === "before_script"
        ? tidied(steps, false, pipeline).steps
        : tidied(steps, before.strict, pipeline).steps,
    );
  });
}
