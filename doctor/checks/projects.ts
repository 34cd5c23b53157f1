/** Target projects: settings in GitLab that the commit and the pipeline need. */
import type { FleetConfig, ProjectConfig } from "../../config.ts";
import { BAKE_FILE } from "../../pipeline/bake.ts";
import { includes, OWN_FILE, objection, pipelinePath, writtenBy } from "../../pipeline/ownership.ts";
import { projectVariables } from "../../pipeline/variables.ts";
import { roleObjection } from "../../runner/gitlab-access.ts";
import { BEFORE_UP, up, upWithRefresh } from "../applied.ts";
import { CannotCheck, type Check, type PlannedCheck, question } from "../check.ts";
import { GitlabRefusal } from "../gitlab-client.ts";
import type { BranchFacts, GitlabFacts, ProjectFacts } from "../gitlab-facts.ts";
import { fleetOf, type Stack } from "../stack.ts";

/** What the checks of a project go by. */
export interface ProjectPlan {
  readonly stack: Stack;
  readonly facts: GitlabFacts;
  readonly applied: Promise<boolean>;
  readonly project: ProjectConfig;
  readonly fleet: FleetConfig;
}

export const subjectOf = ({ path }: Pick<ProjectConfig, "path">): string => `project ${path}`;

export function plansOf(stack: Stack, facts: GitlabFacts, applied: Promise<boolean>): ProjectPlan[] {
  const { config } = stack;
  if (config === undefined) return [];
  return config.projects.map((project) => ({
    stack,
    facts,
    applied,
    project,
    fleet: fleetOf(config, project),
  }));
}

/** The branch that receives the pipeline. @throws {CannotCheck} for an empty repository. */
export async function branchOf({
  facts,
  project,
}: ProjectPlan): Promise<{ name: string; branch: BranchFacts | undefined }> {
  const name = project.branch ?? (await facts.project(project.path)).default_branch ?? "";
  if (name === "") throw new CannotCheck("the repository is empty", "push a first commit");
  return { name, branch: await facts.branch(project.path, name) };
}

export function projectChecks(plan: ProjectPlan): PlannedCheck[] {
  const { facts, project, fleet, stack } = plan;
  const check = (id: string, title: string, run: PlannedCheck["run"]): PlannedCheck => ({
    subject: subjectOf(project),
    id: `project.${id}`,
    title,
    run,
  });
  return [
    check("exists", "it exists, and the token can read it", async (answers) => {
      try {
        return answers.ok((await facts.project(project.path)).web_url);
      } catch (error) {
        if (!(error instanceof GitlabRefusal) || error.status !== 404 || stack.token === undefined)
          throw error;
        return answers.failed(
          "no project has this path, or the token's user cannot read it",
          `correct path in ${stack.fileName}; or make the token's user a Maintainer of ${project.path}`,
        );
      }
    }),
    check("role", "the token's user is a Maintainer of it", async () =>
      roleAnswer(project, await facts.project(project.path)),
    ),
    check("settings", "it is not archived, has CI/CD, and reads the generated pipeline", async () =>
      settingsAnswer(project, await facts.project(project.path)),
    ),
    check("registry", "its container registry is on", async (answers) => {
      const own = project.registry === "gitlab" || "gitlab" in project.registry;
      if (!own) return answers.ok("it pushes to another registry");
      const { container_registry_access_level: level, web_url } = await facts.project(project.path);
      return level === "disabled"
        ? answers.failed(
            "off",
            `${web_url}/edit > Visibility, project features, permissions > Container registry; or set registry in the stack`,
          )
        : answers.ok("on");
    }),
    check("branch", "its branch exists, is protected, and accepts the stack's commits", async () => {
      const { name, branch } = await branchOf(plan);
      const { web_url } = await facts.project(project.path);
      return branchAnswers(project, fleet, { name, branch, web_url });
    }),
    check("tags", "Git tags that release are protected", async () =>
      tagsAnswer(project, fleet, {
        tags: await facts.protectedTags(project.path),
        applied: await plan.applied,
        web_url: (await facts.project(project.path)).web_url,
        stack,
      }),
    ),
    check("pipeline-file", "no other pipeline file conflicts with it", async () => pipelineFileAnswer(plan)),
  ];
}

export function roleAnswer(project: ProjectConfig, { permissions, web_url }: ProjectFacts): Check {
  const answers = question(subjectOf(project), "project.role", "the token's user is a Maintainer of it");
  const accesses = [permissions?.project_access, permissions?.group_access].flatMap((access) => access ?? []);
  const problem = roleObjection(
    project.path,
    accesses.map((projectAccess) => ({ projectAccess })),
  );
  if (problem !== undefined)
    return answers.failed(
      problem,
      `${web_url}/-/project_members > the token's user > Maintainer; or use another user's token`,
    );
  return answers.ok(
    accesses.length === 0 ? "GitLab reports no role, as for administrators" : "Maintainer or higher",
  );
}

export function settingsAnswer(project: ProjectConfig, facts: ProjectFacts): readonly Check[] {
  const title = "it is not archived, has CI/CD, and reads the generated pipeline";
  const answers = question(subjectOf(project), "project.settings", title);
  const { web_url } = facts;
  if (facts.archived)
    return [
      answers.failed(
        "it is archived",
        `${web_url}/edit > Advanced > Unarchive project; or remove it from the stack`,
      ),
    ];
  if (facts.builds_access_level === "disabled")
    return [
      answers.failed("CI/CD is off", `${web_url}/edit > Visibility, project features, permissions > CI/CD`),
    ];
  const file = facts.ci_config_path || OWN_FILE;
  if (!project.include && file !== OWN_FILE)
    return [
      answers.failed(
        `its pipelines come from ${file}, and the stack writes ${OWN_FILE}`,
        `${web_url}/-/settings/ci_cd > General pipelines > CI/CD configuration file: leave it empty; or set include: true, and include the generated file`,
      ),
    ];
  return [answers.ok(`pipelines come from ${file}`)];
}

interface SeenBranch {
  readonly name: string;
  readonly branch: BranchFacts | undefined;
  readonly web_url: string;
}

/** Variables that pipelines of unprotected refs do not get. */
const protectedKeys = (project: ProjectConfig, fleet: FleetConfig): string[] =>
  projectVariables(project, fleet).flatMap((variable) => (variable.protected ? [variable.key] : []));

export function branchAnswers(
  project: ProjectConfig,
  fleet: FleetConfig,
  seen: SeenBranch,
): readonly Check[] {
  const { name, branch, web_url } = seen;
  const about = (id: string, title: string) => question(subjectOf(project), `project.branch-${id}`, title);
  const exists = about("exists", `its branch ${name} exists`);
  if (branch === undefined)
    return [
      exists.failed(`there is no branch ${name}`, `create it, or set branch of ${project.path} in the stack`),
    ];
  const push = about("push", `the stack may push to ${name}`);
  const settings = `${web_url}/-/settings/repository > Protected branches`;
  return [
    exists.ok(name),
    protectionAnswer(project, fleet, seen),
    branch.can_push
      ? push.ok("the token's user may")
      : push.failed(
          "the token's user may not",
          `${settings} > ${name} > Allowed to push and merge: Maintainers, or the token's user`,
        ),
  ];
}

function protectionAnswer(
  project: ProjectConfig,
  fleet: FleetConfig,
  { name, branch, web_url }: SeenBranch,
): Check {
  const answers = question(subjectOf(project), "project.branch-protected", `its branch ${name} is protected`);
  if (branch?.protected) return answers.ok("protected");
  const remedy = `${web_url}/-/settings/repository > Protected branches > Protect ${name}, Allowed to push and merge: Maintainers`;
  const missing = protectedKeys(project, fleet);
  const absent =
    missing.length === 0 ? "" : `; its pipelines do not get the protected variables ${missing.join(", ")}`;
  switch (fleet.refs) {
    case "protected":
      return answers.failed(
        `not protected: the runners of ${fleet.name} never take its jobs, so they hang${absent}`,
        remedy,
      );
    case "separated":
      return answers.failed(
        `not protected: every Developer can move latest, built on the daemon that every branch uses${absent}`,
        remedy,
      );
    case "any":
      return missing.length === 0
        ? answers.warning("not protected: every Developer can move latest", remedy)
        : answers.failed(`not protected${absent}`, remedy);
  }
}

interface SeenTags {
  /** Names and wildcards that GitLab protects. */
  readonly tags: readonly string[];
  readonly applied: boolean;
  readonly web_url: string;
  readonly stack: Pick<Stack, "name">;
}

/** A release as people tag it: a protection of tags must cover it. */
const RELEASE = "v1.0.0";

const covers = (wildcard: string, tag: string): boolean =>
  new RegExp(
    `^${wildcard
      .split("*")
      .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  ).test(tag);

/** @see https://docs.gitlab.com/user/project/protected_tags/ */
export function tagsAnswer(
  project: ProjectConfig,
  fleet: FleetConfig,
  { tags, applied, web_url, stack }: SeenTags,
): Check {
  const answers = question(subjectOf(project), "project.tags", "Git tags that release are protected");
  const missing = (project.protection?.tags ?? []).filter((tag) => !tags.includes(tag));
  if (missing.length > 0)
    return applied
      ? answers.failed(`not protected any more: ${missing.join(", ")}`, upWithRefresh(stack))
      : answers.skipped(`${BEFORE_UP}: it will protect ${missing.join(", ")}`, up(stack));
  if (tags.some((tag) => covers(tag, RELEASE))) return answers.ok(`protected: ${tags.join(", ")}`);
  const remedy = `set protection: {} for ${project.path} in the stack, or ${web_url}/-/settings/repository > Protected tags > v*, Allowed to create: Maintainers`;
  const found = tags.length === 0 ? "none is protected" : `protected: ${tags.join(", ")}; ${RELEASE} is not`;
  if (project.signing !== false) return answers.failed(`${found}: a release cannot be signed`, remedy);
  if (fleet.refs === "protected") return answers.failed(`${found}: no runner takes a release's jobs`, remedy);
  return answers.warning(`${found}: only protected tags release`, remedy);
}

async function pipelineFileAnswer(plan: ProjectPlan): Promise<Check> {
  const { project, stack, facts } = plan;
  const answers = question(
    subjectOf(project),
    "project.pipeline-file",
    "no other pipeline file conflicts with it",
  );
  const { name } = await branchOf(plan);
  const path = pipelinePath(project);
  const [pipeline, bake] = await Promise.all(
    [path, BAKE_FILE].map((file) => facts.file(project.path, name, file)),
  );
  for (const [file, content] of [
    [path, pipeline],
    [BAKE_FILE, bake],
  ] as const) {
    const problem = content === undefined ? undefined : objection(project, stack.name, file, content);
    if (problem !== undefined) return answers.failed(problem, "one of the ways that it names");
  }
  if (pipeline === undefined)
    return (await plan.applied)
      ? answers.failed(`${path} no longer exists on ${name}`, upWithRefresh(stack))
      : answers.skipped(BEFORE_UP, up(stack));
  if (project.include && !includes((await facts.file(project.path, name, OWN_FILE)) ?? ""))
    return answers.failed(
      `its ${OWN_FILE} does not include ${path}`,
      `add to its ${OWN_FILE}: include: [{ local: /${path} }]`,
    );
  const owner = writtenBy(pipeline);
  return owner === stack.name
    ? answers.ok(`${path} on ${name}`)
    : answers.warning(
        `${path} belongs to ${owner === undefined ? "the project" : `stack ${owner}`}, and adopt: true takes it over`,
        up(stack),
      );
}
