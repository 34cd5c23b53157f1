/** This repository's own pipeline: the variables and the schedule that delivery.yaml needs. */
import { CannotCheck, type Check, type PlannedCheck, question } from "../check.ts";
import type { GitlabFacts, VariableFacts } from "../gitlab-facts.ts";
import type { Stack } from "../stack.ts";

const SUBJECT = "delivery";

/** Secrets of its jobs. @see the table of them in docs/merge-requests.md */
const VARIABLES: readonly { readonly key: string; readonly what: string; readonly needed: boolean }[] = [
  { key: "GITLAB_TOKEN", what: "the token that updates use", needed: false },
  {
    key: "DELIVERY_TOKEN",
    what: "a project access token of this project, scope api, role Developer",
    needed: true,
  },
  { key: "PULUMI_CONFIG_PASSPHRASE", what: "the passphrase of the stacks' secrets", needed: false },
];

/** @param path of this repository's own project; undefined where it is not known. */
export function deliveryChecks(stack: Stack, facts: GitlabFacts, path: string | undefined): PlannedCheck[] {
  if (!stack.delivery) return [];
  const project = (): string => {
    if (path === undefined)
      throw new CannotCheck(
        "the path of this repository's project in GitLab is not known",
        `npm run doctor -- --stack ${stack.name} --project acme/runners`,
      );
    return path;
  };
  return [
    ...VARIABLES.map(
      (variable): PlannedCheck => ({
        subject: SUBJECT,
        id: `delivery.${variable.key}`,
        title: titleOf(variable.key),
        run: async () => {
          const [present, { web_url }] = await Promise.all([
            facts.variables(project()),
            facts.project(project()),
          ]);
          return variableAnswer(variable, present, web_url);
        },
      }),
    ),
    {
      subject: SUBJECT,
      id: "delivery.drift",
      title: "a schedule checks for drift",
      run: async (answers) => {
        const { web_url } = await facts.project(project());
        const remedy = `${web_url}/-/pipeline_schedules > New schedule, on the default branch`;
        const schedules = await facts.schedules(project());
        const variables = await Promise.all(
          schedules.map(({ id }) => facts.scheduleVariables(project(), id)),
        );
        // Every schedule looks for drift that says nothing else.
        const drift = schedules.filter((_, index) => (variables[index]?.OPERATION ?? "drift") === "drift");
        if (drift.length === 0) return answers.warning("there is no such schedule", remedy);
        const active = drift.find((schedule) => schedule.active);
        return active
          ? answers.ok(`${active.description}, ${active.cron}`)
          : answers.warning(
              `it is not active: ${drift.map(({ description }) => description).join(", ")}`,
              `${web_url}/-/pipeline_schedules > Edit > Activated`,
            );
      },
    },
  ];
}

const titleOf = (key: string): string => `variable ${key} exists, protected and masked`;

export function variableAnswer(
  { key, what, needed }: (typeof VARIABLES)[number],
  present: readonly VariableFacts[],
  web_url: string,
): Check {
  const answers = question(SUBJECT, `delivery.${key}`, titleOf(key));
  const page = `${web_url}/-/settings/ci_cd > Variables`;
  const found = present.filter((variable) => variable.key === key);
  if (found.length === 0) {
    const add = `${page} > Add variable: ${key}, ${what}; masked and hidden, protected`;
    return needed
      ? answers.failed("it does not exist", add)
      : answers.warning("the project does not have it: its group may have it, or the stacks need none", add);
  }
  const faults = [
    ...(found.every((variable) => variable.protected)
      ? []
      : ["not protected: a merge request's pipeline can read it"]),
    ...(found.every((variable) => variable.masked) ? [] : ["not masked: logs of jobs show it"]),
  ];
  return faults.length === 0
    ? answers.ok("protected, masked")
    : answers.failed(
        faults.join("; "),
        `${page} > ${key} > Edit: Protect variable, Masked; then rotate it, because others may know it`,
      );
}
