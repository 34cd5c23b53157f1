/** Runs the checks of a stack, all at the same time. */
import { UsageError } from "../command-line.ts";
import { isApplied } from "./applied.ts";
import {
  type Check,
  type CheckName,
  CONFIGURATION,
  makeAll,
  type OnFault,
  type PlannedCheck,
} from "./check.ts";
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
import { STAGES } from "./ssh.ts";
import type { Stack } from "./stack.ts";

export interface ExamineOptions {
  /** Path of this repository's own project in GitLab, for the checks of its delivery. */
  readonly project?: string;
  /** Only the checks of one thing: see {@link onlyOf}. */
  readonly only?: Only;
  readonly now?: () => Date;
  readonly versionOf?: VersionOf;
  readonly onFault?: OnFault;
}

const ONLY = ["fleet", "gitlab", "host", "project"] as const;

export interface Only {
  readonly kind: (typeof ONLY)[number];
  /** Fleet's name, host's address, project's path; none for GitLab. */
  readonly name?: string;
}

/** @throws {UsageError} unless it is one of the forms of `--only`. */
export function onlyOf([kind, name, ...more]: readonly string[]): Only {
  const known = ONLY.find((one) => one === kind);
  const needsName = known !== "gitlab";
  if (known === undefined || (name !== undefined) !== needsName || more.length > 0)
    throw new UsageError("--only accepts one of: gitlab | host ADDRESS | project PATH | fleet NAME");
  return name === undefined ? { kind: known } : { kind: known, name };
}

/**
 * Runs the checks of a stack. It changes nothing, and does not reject because a check fails.
 *
 * @returns answers in the order in which a person corrects faults: the stack, this computer, GitLab, projects, hosts.
 *   They hold no secret of the stack.
 * @throws {UsageError} where the stack has nothing of the name in `only`.
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
    const wanted = options.only === undefined ? () => true : isAbout(options.only, planned, stack);
    const checks = await makeAll(planned.filter(wanted), onFault);
    // A report on one thing has the failed checks of others that it depends on.
    const needed = planned.filter((one) => !wanted(one) && checks.some((check) => isOf(one, check.because)));
    const all = [
      ...(await makeAll(needed, onFault)),
      ...checks,
      ...[quotaAnswer(stack.gitlab)].filter(wanted),
    ];
    return withReasons(bySubject(all)).map(redacted(redactor(stack.secrets)));
  } finally {
    await hosts.close();
  }
}

/** Whether a planned check answers under a name: the one of the way to a host answers for each stage. */
const isOf = (planned: PlannedCheck, name: CheckName | undefined): boolean =>
  name !== undefined &&
  planned.subject === name.subject &&
  (planned.id === name.id ||
    (planned.id === "host.ssh" && STAGES.some((stage) => name.id === `host.${stage}`)));

/** @throws {UsageError} where no check is about it. */
function isAbout(
  { kind, name }: Only,
  planned: readonly PlannedCheck[],
  stack: Stack,
): (check: CheckName) => boolean {
  // Without a configuration nothing has a name: what is wrong with it is the answer.
  if (stack.config === undefined && kind !== "gitlab") return ({ id }) => id === CONFIGURATION.id;
  if (kind === "gitlab") return ({ subject }) => subject === "GitLab" || subject === "GitLab token";
  const subjects = new Set(planned.map(({ subject }) => subject));
  if (!subjects.has(`${kind} ${name}`)) {
    const names = [...subjects].flatMap((one) =>
      one.startsWith(`${kind} `) ? [one.slice(kind.length + 1)] : [],
    );
    throw new UsageError(
      `${stack.fileName} has no ${kind} ${name} to check. Use one of the names in the file: ${names.join(", ") || "none"}`,
    );
  }
  return ({ subject }) => subject === `${kind} ${name}`;
}

/** Keeps `because` where the check that it names has really failed, and follows it to the first that did. */
function withReasons(checks: readonly Check[]): readonly Check[] {
  const named = ({ subject, id }: CheckName) =>
    checks.find((check) => check.subject === subject && check.id === id);
  const rootOf = (name: CheckName, seen: readonly CheckName[] = []): CheckName | undefined => {
    const check = named(name);
    if (check?.status === "failed") return { subject: check.subject, id: check.id };
    return check?.because === undefined || seen.includes(check)
      ? undefined
      : rootOf(check.because, [...seen, check]);
  };
  return checks.map(({ because, ...check }) => {
    const root = because && rootOf(because);
    return root === undefined ? check : { ...check, because: root };
  });
}

/** Groups answers by subject, in the order in which the subjects first appear. */
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
