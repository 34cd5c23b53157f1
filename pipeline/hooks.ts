/** A project's own part in its pipeline: put into the finished jobs, so that no job has to know of it. */
import { closest } from "fastest-levenshtein";
import type { HooksConfig } from "../config/hooks.ts";
import type { Job, JobParts, Pipeline, Rule, Rules, Step } from "./model.ts";
import { script } from "./shell.ts";

/** Scripts that build something. */
const BUILDS: readonly string[] = [script("build"), script("build-only")];

/** @returns a sentence for each job that the hooks name and the pipeline has not. */
export function hookProblems(pipeline: Pipeline, hooks: HooksConfig): string[] {
  const jobs = Object.keys(pipeline.jobs);
  return Object.keys(hooks.rules)
    .filter((name) => !jobs.includes(name))
    .map(
      (name) =>
        `hooks.rules.${name}: no job of this pipeline; did you mean ${closest(name, jobs)}? It has ${jobs.join(", ")}`,
    );
}

function withBeforeBuild(steps: Job["script"], lines: readonly string[]): Job["script"] {
  const hook: Step = { comment: "The project's own preparation", run: `${lines.join("\n")}\n`, own: true };
  const [first, ...rest] = steps.flatMap((step) =>
    "run" in step && BUILDS.includes(step.run) ? [hook, step] : [step],
  );
  return first === undefined ? steps : [first, ...rest];
}

/** A job without rules starts in every pipeline, and still does where no rule of the project's matches. */
function withRules(own: Rules | undefined, more: readonly Rule[]): Rules {
  const [first, ...rest] = [...more, ...(own ?? [{ when: "on_success" as const }])];
  const last = more.findIndex((rule) => rule.if === undefined);
  if (first === undefined) return own ?? [{ when: "on_success" }];
  return last < 0 ? [first, ...rest] : [first, ...more.slice(1, last + 1)];
}

const withTags = <Parts extends JobParts>(
  parts: Parts,
  hooks: HooksConfig,
  socket: readonly string[],
): Parts => {
  if (!parts.tags) return parts;
  const more = parts.tags.join() === socket.join() ? hooks.tags.socket : hooks.tags.plain;
  return { ...parts, tags: [...parts.tags, ...more] };
};

/**
 * @param socketTags tags of the jobs that build, by which they are told from the others.
 */
export function applyHooks(pipeline: Pipeline, hooks: HooksConfig, socketTags: readonly string[]): Pipeline {
  const job = (name: string, parts: Job): Job => {
    const rules = hooks.rules[name];
    const tagged = withTags(parts, hooks, socketTags);
    return {
      ...tagged,
      ...(hooks.beforeBuild.length > 0 ? { script: withBeforeBuild(parts.script, hooks.beforeBuild) } : {}),
      ...(rules ? { rules: withRules(parts.rules, rules.map(ruleOf)) } : {}),
    };
  };
  const entries = <Parts>(
    record: Readonly<Record<string, Parts>>,
    change: (name: string, parts: Parts) => Parts,
  ) => Object.fromEntries(Object.entries(record).map(([name, parts]) => [name, change(name, parts)]));
  return {
    ...pipeline,
    variables: { ...hooks.variables, ...pipeline.variables },
    projectVariables: [...pipeline.projectVariables, ...readByRules(hooks)],
    hidden: entries(pipeline.hidden, (_, parts) => withTags(parts, hooks, socketTags)),
    jobs: entries(pipeline.jobs, job),
  };
}

/** Variables of the project, its groups or the instance, as far as rules ask for them; GitLab's own begin with CI. */
const readByRules = (hooks: HooksConfig): readonly string[] =>
  Object.values(hooks.rules)
    .flat()
    .flatMap((rule) => (rule.if ?? "").match(/(?<=\$)(?!CI_|GITLAB_)[A-Z][A-Z0-9_]*/g) ?? []);

const ruleOf = (rule: HooksConfig["rules"][string][number]): Rule => ({
  ...(rule.if === undefined ? {} : { if: rule.if }),
  when: rule.when,
});
