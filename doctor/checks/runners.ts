/** Runner records, and whether each of the pipeline's jobs has a runner that may take it. */
import type { FleetConfig } from "../../config.ts";
import { recordsOf } from "../../runner/fleets/kinds.ts";
import type { RunnerClass, TrustLevel } from "../../runner/host/settings.ts";
import { CLASSES, levelsOf, runnerTags } from "../../runner/levels.ts";
import type { RunnerRecord } from "../../runner/records.ts";
import { BEFORE_UP, runnerNames, up, upWithRefresh } from "../applied.ts";
import { CannotCheck, type Check, type PlannedCheck, question } from "../check.ts";
import type { GitlabFacts, RunnerFacts } from "../gitlab-facts.ts";
import type { Stack } from "../stack.ts";
import { type ProjectPlan, subjectOf } from "./projects.ts";

/** What jobs of one level and class ask for. */
interface Demand {
  readonly level: TrustLevel;
  readonly class: RunnerClass;
  readonly tags: readonly string[];
}

const demandsOf = (fleet: FleetConfig): Demand[] =>
  levelsOf(fleet.refs).flatMap((level) =>
    CLASSES.map((runnerClass) => ({
      level,
      class: runnerClass,
      tags: runnerTags(fleet.tags, fleet.refs === "separated" ? level : undefined, runnerClass),
    })),
  );

/** Jobs of a project, by what they ask for: a protected job without a runner hangs for a day. */
export function jobChecks(plan: ProjectPlan): PlannedCheck[] {
  const { project, fleet, facts, stack } = plan;
  return demandsOf(fleet).map((demand) => {
    const about = questionOf(plan, demand);
    return {
      ...about,
      run: async () => {
        const [runners, applied, { web_url }] = await Promise.all([
          facts.runnersFor(project.path, demand.tags),
          plan.applied,
          facts.project(project.path),
        ]);
        return demandAnswer(about, fleet, demand, runners, { applied, web_url, stack });
      },
    };
  });
}

const questionOf = (
  { project }: Pick<ProjectPlan, "project">,
  { level, class: runnerClass, tags }: Demand,
) => ({
  subject: subjectOf(project),
  id: `jobs.${level}-${runnerClass}`,
  title: `jobs with ${tags.join(", ")} have a runner, and only the stack's`,
});

type About = Pick<Check, "subject" | "id" | "title">;

interface Seen {
  readonly applied: boolean;
  readonly web_url: string;
  readonly stack: Stack;
}

/** @param runners those that have all of the tags, including those of other owners. */
function demandAnswer(
  about: About,
  fleet: FleetConfig,
  { level }: Demand,
  runners: readonly RunnerFacts[],
  { applied, web_url, stack }: Seen,
): Check {
  const answers = question(about.subject, about.id, about.title);
  const names = runnerNames(stack);
  const own = runners.filter(({ description }) => names.has(description ?? ""));
  const foreign = runners.filter(({ description, paused }) => !names.has(description ?? "") && !paused);
  const page = `${web_url}/-/settings/ci_cd > Runners`;
  if (foreign.length > 0)
    return answers.failed(
      `other runners take these jobs as well: ${foreign.map(({ id, description }) => `#${id} ${description ?? ""}`.trim()).join(", ")}`,
      `choose other tags for fleet ${fleet.name}, or take the tags from these runners: ${page}`,
    );
  const fitting = own.filter(({ access_level }) => access_level !== "ref_protected" || level === "protected");
  if (own.length === 0)
    return applied
      ? answers.failed("no runner has these tags: the jobs wait, and fail after a day", upWithRefresh(stack))
      : answers.skipped(BEFORE_UP, up(stack));
  if (fitting.length === 0)
    return answers.failed(
      "its runners take only jobs of protected refs, and these refs are not protected",
      upWithRefresh(stack),
    );
  const paused = fitting.filter((runner) => runner.paused);
  if (paused.length === fitting.length)
    return answers.failed(
      `paused: ${paused.map(({ id, description }) => `#${id} ${description}`).join(", ")}`,
      `${page} > the runner > Resume; or ${upWithRefresh(stack)}`,
    );
  const online = fitting.filter((runner) => !runner.paused && runner.status === "online");
  if (online.length > 0)
    return answers.ok(online.map(({ id, description }) => `#${id} ${description}`).join(", "));
  const found = fitting.map(({ id, status }) => `#${id} ${status}`).join(", ");
  return fleet.gitlabRunner === "none"
    ? answers.warning(
        `${found}: gitlabRunner is none, so no manager asks for jobs`,
        `set gitlabRunner of fleet ${fleet.name} to a version, then: ${up(stack)}; or start a manager of your own with config.toml of the host`,
      )
    : answers.failed(
        `no runner is online: ${found}`,
        `correct what the checks of fleet ${fleet.name}'s hosts report; on a host: sudo buildx-doctor, journalctl -u gitlab-runner@${level}.service`,
      );
}

/** The records of the fleets. GitLab lists them by project: through one of the fleet's, or the one of its scope. */
export function recordChecks(stack: Stack, facts: GitlabFacts, applied: Promise<boolean>): PlannedCheck[] {
  const { config } = stack;
  if (config === undefined) return [];
  return config.fleets.flatMap((fleet) => {
    const project =
      "project" in fleet.scope
        ? fleet.scope.project
        : config.projects.find((one) => one.fleet === fleet.name)?.path;
    return recordsOf(stack.name, fleet).map((wanted) => {
      const about = {
        subject: fleetSubject(fleet),
        id: `runner.${wanted.level}-${wanted.class}`,
        title: `runner ${wanted.name} matches the stack`,
      };
      const run = () => recordAnswer(about, { stack, facts, applied, fleet, project }, wanted);
      return { ...about, run };
    });
  });
}

export const fleetSubject = ({ name }: Pick<FleetConfig, "name">): string => `fleet ${name}`;

interface RecordPlan {
  readonly stack: Stack;
  readonly facts: GitlabFacts;
  readonly applied: Promise<boolean>;
  readonly fleet: FleetConfig;
  readonly project: string | undefined;
}

async function recordAnswer(about: About, plan: RecordPlan, wanted: RunnerRecord): Promise<Check> {
  const { facts, project, fleet, stack, applied } = plan;
  if (project === undefined)
    throw new CannotCheck(
      "no project of the stack uses the fleet",
      `add a project with fleet: ${fleet.name}`,
    );
  const answers = question(about.subject, about.id, about.title);
  const records = await facts.runnersNamed(project, typeOf(fleet), wanted.name);
  const [record] = records;
  if (record === undefined)
    return (await applied)
      ? answers.failed("its record no longer exists in GitLab", upWithRefresh(stack))
      : answers.skipped(BEFORE_UP, up(stack));
  if (records.length > 1)
    return answers.failed(
      `${records.length} records of this name: ${records.map(({ id }) => `#${id}`).join(", ")}`,
      `keep the one that npm run pulumi -- stack output runners --stack ${stack.name} names, and delete the others in GitLab`,
    );
  const faults = recordFaults(wanted, record);
  if (faults.length > 0) return answers.failed(`#${record.id}: ${faults.join("; ")}`, upWithRefresh(stack));
  const versions = [...(await facts.managerVersions(record.id)), ...(record.version ? [record.version] : [])];
  return versionAnswer(about, fleet, record, versions, stack);
}

const typeOf = ({ scope }: FleetConfig) =>
  "project" in scope ? "project_type" : "group" in scope ? "group_type" : "instance_type";

function recordFaults({ accessLevel, tags }: RunnerRecord, record: RunnerFacts): string[] {
  const faults: string[] = [];
  if (record.access_level !== undefined && record.access_level !== accessLevel)
    faults.push(
      accessLevel === "ref_protected"
        ? "it also takes jobs of unprotected refs"
        : "it takes only jobs of protected refs",
    );
  const missing = tags.filter((tag) => record.tag_list?.includes(tag) === false);
  if (missing.length > 0) faults.push(`it lacks the tags ${missing.join(", ")}`);
  if (record.paused) faults.push("paused");
  return faults;
}

/** @param versions of the managers that use the record, `18.5.0`; empty where none has called yet. */
export function versionAnswer(
  about: About,
  { gitlabRunner, name }: Pick<FleetConfig, "gitlabRunner" | "name">,
  { id, status }: Pick<RunnerFacts, "id" | "status">,
  versions: readonly string[],
  stack: Pick<Stack, "name">,
): Check {
  const answers = question(about.subject, about.id, about.title);
  const found = [...new Set(versions)];
  const said = `#${id}, ${status}${found.length > 0 ? `, version ${found.join(", ")}` : ""}`;
  if (gitlabRunner === "none") return answers.ok(said);
  const pinned = gitlabRunner.version.replace(/^v/, "");
  return found.some((version) => version.replace(/^v/, "") !== pinned)
    ? answers.warning(
        `${said}; pinned is ${pinned}`,
        `${up(stack)}; the checks of fleet ${name}'s hosts then name a host with another version`,
      )
    : answers.ok(said);
}

/** Who may register runners for a fleet's scope. */
export function scopeChecks(stack: Stack, facts: GitlabFacts): PlannedCheck[] {
  return (stack.config?.fleets ?? []).map((fleet) => ({
    ...scopeQuestion(fleet),
    run: async () => {
      const { id, is_admin } = await facts.user();
      if ("project" in fleet.scope) await facts.project(fleet.scope.project);
      const level = "group" in fleet.scope ? await facts.groupLevel(fleet.scope.group, id) : 0;
      return scopeAnswer(fleet, { level, administrator: is_admin ?? false });
    },
  }));
}

const scopeQuestion = (fleet: Pick<FleetConfig, "name">) => ({
  subject: fleetSubject(fleet),
  id: "fleet.scope",
  title: "the token's user may register runners for its scope",
});

const OWNER = 50;

/**
 * @param user `level` is the user's access level in the scope's group.
 * @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export function scopeAnswer(
  fleet: Pick<FleetConfig, "name" | "scope">,
  user: { readonly level: number; readonly administrator: boolean },
): Check {
  const { subject, id, title } = scopeQuestion(fleet);
  const answers = question(subject, id, title);
  const { scope, name } = fleet;
  // A project's role is a question of the project.
  if ("project" in scope) return answers.ok(`project ${scope.project}`);
  if ("group" in scope)
    return user.administrator || user.level >= OWNER
      ? answers.ok(`group ${scope.group}`)
      : answers.failed(
          `the token's user is not an Owner of group ${scope.group}`,
          `group ${scope.group} > Manage > Members > the token's user > Owner; or another user's token`,
        );
  return user.administrator
    ? answers.ok("an administrator")
    : answers.failed(
        "scope { instance: true } needs an administrator",
        `another token, or scope { group: … } for fleet ${name}`,
      );
}
