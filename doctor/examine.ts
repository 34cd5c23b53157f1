/** Everything that is asked of a stack, at the same time. */
import { isApplied } from "./applied.ts";
import { type Check, makeAll, type OnFault, type PlannedCheck } from "./check.ts";
import { cloudChecks } from "./checks/cloud.ts";
import { deliveryChecks } from "./checks/delivery.ts";
import { gitlabChecks, quotaAnswer } from "./checks/gitlab.ts";
import { hostChecks } from "./checks/hosts.ts";
import { plansOf, projectChecks } from "./checks/projects.ts";
import { jobChecks, recordChecks, scopeChecks } from "./checks/runners.ts";
import { scheduleChecks } from "./checks/schedules.ts";
import { stackChecks } from "./checks/stack.ts";
import { tokenChecks } from "./checks/token.ts";
import { toolChecks, type VersionOf } from "./checks/tools.ts";
import { variableChecks } from "./checks/variables.ts";
import { GitlabFacts } from "./gitlab-facts.ts";
import { redactor } from "./redact.ts";
import type { Stack } from "./stack.ts";

export interface ExamineOptions {
  /** Path of this repository's own project in GitLab, for the checks of its delivery. */
  readonly project?: string;
  readonly now?: () => Date;
  readonly versionOf?: VersionOf;
  readonly onFault?: OnFault;
}

/**
 * Makes every check of a stack. It changes nothing anywhere, and never rejects for what it finds.
 *
 * @returns answers in the order in which a person mends: the stack, this computer, GitLab, projects, hosts. No text in
 *   them holds a secret of the stack.
 */
export async function examine(stack: Stack, options: ExamineOptions = {}): Promise<readonly Check[]> {
  const { now = () => new Date(), onFault } = options;
  const facts = new GitlabFacts(stack.gitlab);
  const applied = isApplied(stack, facts);
  const hosts = hostChecks(stack, applied, now);
  const planned: PlannedCheck[] = [
    ...stackChecks(stack, now),
    ...toolChecks(stack, options.versionOf),
    ...gitlabChecks(stack, facts, now),
    ...tokenChecks(stack, facts, now),
    ...scopeChecks(stack, facts),
    ...recordChecks(stack, facts, applied),
    ...plansOf(stack, facts, applied).flatMap((plan) => [
      ...projectChecks(plan),
      ...jobChecks(plan),
      ...variableChecks(plan),
      ...scheduleChecks(plan),
    ]),
    ...cloudChecks(stack),
    ...hosts.planned,
    ...deliveryChecks(stack, facts, options.project),
  ];
  try {
    const checks = await makeAll(planned, onFault);
    return bySubject([...checks, quotaAnswer(stack.gitlab)]).map(redacted(redactor(stack.secrets)));
  } finally {
    await hosts.close();
  }
}

/** Answers about the same thing beside one another, in the order in which the things come first. */
function bySubject(checks: readonly Check[]): readonly Check[] {
  const groups = Map.groupBy(checks, ({ subject }) => subject);
  return [...groups.values()].flat();
}

const redacted =
  (safe: (text: string) => string) =>
  (check: Check): Check => ({
    ...check,
    subject: safe(check.subject),
    title: safe(check.title),
    found: safe(check.found),
    ...(check.remedy === undefined ? {} : { remedy: safe(check.remedy) }),
  });
