/** Whether `pulumi up` has been there: before it, what is missing is not wrong. */
import { pipelinePath, writtenBy } from "../pipeline/ownership.ts";
import { recordsOf } from "../runner/fleets/kinds.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import type { Stack } from "./stack.ts";

/**
 * By the state, where an engine knows of one; else by the header of a pipeline file.
 *
 * @returns false also where nothing is to be seen.
 */
export async function isApplied(stack: Stack, facts: GitlabFacts): Promise<boolean> {
  if ("outputs" in stack.engine && Object.keys(stack.engine.outputs).length > 0) return true;
  const { config } = stack;
  if (config === undefined) return false;
  const written = await Promise.all(
    config.projects.map(async (project) => {
      const branch = project.branch ?? (await facts.project(project.path)).default_branch ?? "";
      return writtenBy((await facts.file(project.path, branch, pipelinePath(project))) ?? "") === stack.name;
    }),
  ).catch(() => [false]);
  return written.includes(true);
}

export const BEFORE_UP = "pulumi up has not run yet";

export const up = (stack: Pick<Stack, "name">): string => `npm run pulumi -- up --stack ${stack.name}`;

/** Where something was changed or removed by hand: an update alone does not see it. */
export const upWithRefresh = (stack: Pick<Stack, "name">): string =>
  `npm run pulumi -- up --refresh --stack ${stack.name}`;

/** Names of all runner records of the stack. */
export const runnerNames = ({ config, name }: Stack): ReadonlySet<string> =>
  new Set((config?.fleets ?? []).flatMap((fleet) => recordsOf(name, fleet)).map((record) => record.name));
