/** Whose file a generated file is: what this stack did not write is never overwritten unasked. */
import type { ProjectConfig } from "../config/projects.ts";
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

/** Lines at the top of a generated file that hold only as long as a stack keeps it current. */
const BINDING = [`# ${SIGNATURE}, stack `, "# Change the stack's configuration instead", "# It builds what "];

/**
 * A generated file that no stack keeps current any more.
 *
 * @param content of a file that a stack wrote.
 */
export function handedBack(content: string): string {
  const lines = content.split("\n");
  const owner = writtenBy(content) ?? "none";
  const first = lines.findIndex((line) => !BINDING.some((start) => line.startsWith(start)));
  return [
    `# Made by buildx-runners. Its stack ${owner} has let this file go: nothing changes it any more but you.`,
    ...lines.slice(first === -1 ? lines.length : first),
  ].join("\n");
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
  if (content === undefined) return undefined;
  const foreign = foreignObjection(project, stack, path, content);
  if (foreign !== undefined || project.adopt || writtenBy(content) === stack) return foreign;
  return `${project.path}: ${path} exists, and this stack did not write it. ${wayOut(project, path)}`;
}

/**
 * Two stacks in one project would take turns: at its files, and at its variables, which name no owner. So a file of
 * another stack counts wherever it is found, and `adopt` takes from people alone.
 *
 * @param place where it was found, where that is not the branch that this stack writes to: `on main`.
 * @returns why the stack must stay out of the project, or nothing.
 */
export function foreignObjection(
  project: Pick<ProjectConfig, "path">,
  stack: string,
  path: string,
  content: string | undefined,
  place?: string,
): string | undefined {
  const owner = content === undefined ? undefined : writtenBy(content);
  if (owner === undefined || owner === stack) return undefined;
  const where = place === undefined ? path : `${path} ${place}`;
  return `${project.path}: ${where} belongs to stack ${owner} of this program. Remove the project from one of the two stacks: with onDestroy: keep, stack ${owner} leaves its files to whoever takes them over. Where that stack is gone for good, delete the first line of the file, and set adopt: true.`;
}

/** Every place that a generated file of some stack may be in. */
export const GENERATED_FILES: readonly string[] = [OWN_FILE, INCLUDED_FILE, BAKE_FILE];

/** Whether a project's own pipeline includes the generated one. */
export const includes = (content: string): boolean => content.includes(INCLUDED_FILE);
