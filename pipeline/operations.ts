/** Pipelines of an operation (backup, restore, review, rollback): the variable OPERATION keeps them apart from those that build. */
import type { Job, Rule, Rules } from "./model.ts";

/** Pipelines of the protected default branch, whose variables say what they are for. */
export const operation = (name: string): Rule => ({
  if: `$OPERATION == "${name}" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"`,
});

const BY_OPERATION: Rule = { if: "$OPERATION", when: "never" };

/** The jobs, with all that build and promote left out of pipelines that are for something else. */
export function apart(jobs: Readonly<Record<string, Job>>): Readonly<Record<string, Job>> {
  const guarded = (rules: Rules | undefined): Rules => [
    BY_OPERATION,
    ...(rules ?? [{ when: "on_success" } as const]),
  ];
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      job.rules?.some(({ if: condition }) => condition?.includes("$OPERATION"))
        ? job
        : { ...job, rules: guarded(job.rules) },
    ]),
  );
}
