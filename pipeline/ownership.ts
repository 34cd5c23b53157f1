/** Whose file a generated file is: what this stack did not write is never overwritten unasked. */
import type { ProjectConfig } from "../config.ts";
import { BAKE_FILE } from "./bake.ts";
import { SIGNATURE } from "./pipeline.ts";

export const OWN_FILE = ".gitlab-ci.yml";
export const INCLUDED_FILE = ".gitlab/buildx.gitlab-ci.yml";

/** The file that holds the pipeline. */
export const pipelinePath = (project: Pick<ProjectConfig, "include">): string =>
  project.include ? INCLUDED_FILE : OWN_FILE;

/** The stack that a generated file names, `undefined` where a person wrote it. */
export function writtenBy(content: string): string | undefined {
  const [first = ""] = content.split("\n", 1);
  return first.startsWith(`# ${SIGNATURE}, stack `)
    ? /, stack ([A-Za-z0-9_.-]+)\. /.exec(first)?.[1]
    : undefined;
}

/** What a person can do about a file of their own. */
function wayOut(project: ProjectConfig, path: string): string {
  if (path === BAKE_FILE) return "Rename it, or set adopt: true to replace it (Git keeps the old one).";
  return project.include
    ? "Rename it, or set adopt: true instead of include: true."
    : `Set adopt: true to replace it (Git keeps the old one), or include: true to write ${INCLUDED_FILE} beside it.`;
}

/**
 * @param path of a file that the stack would write.
 * @param content the file as it is on the branch, `undefined` where there is none.
 * @returns why the stack must not write it, or nothing.
 */
export function objection(
  project: ProjectConfig,
  stack: string,
  path: string,
  content: string | undefined,
): string | undefined {
  if (content === undefined || project.adopt) return undefined;
  const owner = writtenBy(content);
  if (owner === stack) return undefined;
  if (owner !== undefined)
    return `${project.path}: ${path} belongs to stack ${owner} of this program. Remove the project from one of the two stacks, or hand it over: set adopt: true for it in this stack.`;
  return `${project.path}: ${path} exists, and this stack did not write it. ${wayOut(project, path)}`;
}

/** Whether a project's own pipeline includes the generated one. */
export const includes = (content: string): boolean => content.includes(INCLUDED_FILE);
