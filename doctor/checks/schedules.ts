/** Pipeline schedules: active, on the right branch, with an active owner. */
import { type Schedule, schedulesOf } from "../../pipeline/schedules.ts";
import { BEFORE_UP, up, upWithRefresh } from "../applied.ts";
import { type Check, type PlannedCheck, question } from "../check.ts";
import type { ScheduleFacts } from "../gitlab-facts.ts";
import type { Stack } from "../stack.ts";
import { branchOf, type ProjectPlan, subjectOf } from "./projects.ts";

export function scheduleChecks(plan: ProjectPlan): PlannedCheck[] {
  const { project, facts, stack } = plan;
  return schedulesOf(project).map((schedule) => ({
    subject: subjectOf(project),
    id: `schedule.${schedule.name}`,
    title: `the schedule "${schedule.description}" runs`,
    run: async () => {
      const [{ name }, present, applied, { web_url }] = await Promise.all([
        branchOf(plan),
        facts.schedules(project.path),
        plan.applied,
        facts.project(project.path),
      ]);
      return scheduleAnswer(subjectOf(project), schedule, present, { branch: name, applied, web_url, stack });
    },
  }));
}

interface Seen {
  readonly branch: string;
  readonly applied: boolean;
  readonly web_url: string;
  readonly stack: Pick<Stack, "name">;
}

export function scheduleAnswer(
  subject: string,
  wanted: Schedule,
  present: readonly ScheduleFacts[],
  { branch, applied, web_url, stack }: Seen,
): Check {
  const answers = question(subject, `schedule.${wanted.name}`, `the schedule "${wanted.description}" runs`);
  const page = `${web_url}/-/pipeline_schedules`;
  const found = present.find(({ description }) => description === wanted.description);
  if (found === undefined)
    return applied
      ? answers.failed("it no longer exists", upWithRefresh(stack))
      : answers.skipped(BEFORE_UP, up(stack));
  if (!found.active)
    return answers.failed(
      "it is not active",
      `${page} > ${wanted.description} > Edit > Activated; or ${upWithRefresh(stack)}`,
    );
  if (found.owner && found.owner.state !== "active")
    return answers.failed(
      `its owner ${found.owner.username} is ${found.owner.state}, so GitLab does not run it`,
      `${page} > ${wanted.description} > Take ownership, as a user who may push to ${branch}`,
    );
  if (found.ref !== branch && found.ref !== `refs/heads/${branch}`)
    return answers.failed(`it runs on ${found.ref}, not on ${branch}`, upWithRefresh(stack));
  return answers.ok(`${found.cron}, owner ${found.owner?.username ?? "unknown"}`);
}
