/** CI/CD variables: as the stack sets them, valid in GitLab, and available to the pipelines that need them. */
import { Secret } from "../../config/secret.ts";
import { type CiVariable, projectVariables } from "../../pipeline/variables.ts";
import { BEFORE_UP, up, upWithRefresh } from "../applied.ts";
import { type Check, type PlannedCheck, question } from "../check.ts";
import type { VariableFacts } from "../gitlab-facts.ts";
import { isReadable } from "../stack.ts";
import { branchOf, type ProjectPlan, subjectOf } from "./projects.ts";

/**
 * What GitLab masks of a variable that it does not expand.
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 */
const MASKABLE = /^\S{8,10000}$/;

export function variableChecks(plan: ProjectPlan): PlannedCheck[] {
  const { project, fleet, facts, stack } = plan;
  const subject = subjectOf(project);
  const wanted = projectVariables(project, fleet);
  return [
    ...wanted.map(
      (variable): PlannedCheck => ({
        subject,
        id: `variable.${variable.key}`,
        title: titleOf(variable),
        run: async () => {
          const [present, applied, { web_url }] = await Promise.all([
            facts.variables(project.path),
            plan.applied,
            facts.project(project.path),
          ]);
          return variableAnswer(subject, variable, present, { applied, web_url, stack: stack.name });
        },
      }),
    ),
    {
      subject,
      id: "variables.absent",
      title: "unprotected pipelines get the variables that they need",
      run: async (answers) => {
        const { name, branch } = await branchOf(plan);
        const present = await facts.variables(project.path);
        const own = new Set(wanted.map(({ key }) => key));
        const hidden = present.flatMap(({ key, protected: only }) => (only && own.has(key) ? [key] : []));
        const { web_url } = await facts.project(project.path);
        return branch?.protected === false && hidden.length > 0
          ? answers.failed(
              `${name} is not protected, and its pipelines do not get ${hidden.join(", ")}`,
              `${web_url}/-/settings/repository > Protected branches > Protect ${name}`,
            )
          : answers.ok(
              hidden.length === 0
                ? "none is protected"
                : `${hidden.join(", ")}: pipelines of ${name} get them`,
            );
      },
    },
  ];
}

const titleOf = ({ key }: CiVariable): string => `variable ${key} matches the stack`;

interface Seen {
  readonly applied: boolean;
  readonly web_url: string;
  readonly stack: string;
}

export function variableAnswer(
  subject: string,
  wanted: CiVariable,
  present: readonly VariableFacts[],
  { applied, web_url, stack: name }: Seen,
): Check {
  const answers = question(subject, `variable.${wanted.key}`, titleOf(wanted));
  const stack = { name };
  const secret = wanted.value instanceof Secret ? wanted.value : undefined;
  if (secret && isReadable(secret) && !MASKABLE.test(secret.reveal()))
    return answers.failed(
      "GitLab cannot mask its value: it must be one line of 8 characters or more, without white space",
      `give it another value, then: ${up(stack)}`,
    );
  const all = present.filter(({ key }) => key === wanted.key);
  const [found] = all.filter(({ environment_scope }) => environment_scope === "*");
  if (found === undefined)
    return applied
      ? answers.failed("it no longer exists", upWithRefresh(stack))
      : answers.skipped(BEFORE_UP, up(stack));
  const faults = differences(wanted, found);
  if (all.length > 1) faults.push(`it exists ${all.length} times, for several environments`);
  if (faults.length === 0)
    return answers.ok(
      [wanted.protected ? "protected" : "not protected", ...(secret ? ["masked", "hidden"] : [])].join(", "),
    );
  const byHand = `${web_url}/-/settings/ci_cd > Variables > ${wanted.key}`;
  // GitLab hides a variable at its creation alone.
  return faults.some((fault) => fault.startsWith("not hidden"))
    ? answers.failed(
        faults.join("; "),
        `${byHand} > delete it; then: ${upWithRefresh(stack)}. Rotate its value, because others may have seen it`,
      )
    : answers.failed(faults.join("; "), `${upWithRefresh(stack)}; by hand: ${byHand}`);
}

/** What differs from the stack, without values. */
function differences(wanted: CiVariable, found: VariableFacts): string[] {
  const faults: string[] = [];
  if (wanted.protected && !found.protected) faults.push("not protected: pipelines of every branch get it");
  if (!wanted.protected && found.protected)
    faults.push("protected: pipelines of unprotected branches do not get it");
  const { value } = wanted;
  if (value instanceof Secret) {
    if (!found.masked) faults.push("not masked: logs of jobs show it");
    if (!found.hidden) faults.push("not hidden: the settings page shows it");
    if (isReadable(value) && typeof found.value === "string" && found.value !== value.reveal())
      faults.push("its value differs");
  } else if (typeof found.value === "string" && found.value !== value) faults.push("its value differs");
  return faults;
}
