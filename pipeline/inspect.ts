/** Looks at the target projects before anything is registered, so that an objection stops a run with nothing changed. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { ProjectConfig } from "../config.ts";
import { includes, OWN_FILE, objection, pipelinePath } from "./ownership.ts";

/** A target project as GitLab has it. */
export interface InspectedProject {
  readonly project: ProjectConfig;
  /** Branch that receives the pipeline. */
  readonly branch: string;
  readonly webUrl: string;
}

/** Content of a file on a branch, `undefined` where there is none. */
async function readFile(project: string, ref: string, filePath: string): Promise<string | undefined> {
  try {
    const file = await gitlab.getRepositoryFile({ project, ref, filePath });
    return file.encoding === "base64" ? Buffer.from(file.content, "base64").toString("utf8") : file.content;
  } catch (error) {
    if (/\b404\b/.test(String(error))) return undefined;
    throw error;
  }
}

async function inspectProject(project: ProjectConfig, stack: string): Promise<InspectedProject | string> {
  const { defaultBranch, webUrl } = await gitlab.getProject({ pathWithNamespace: project.path });
  const branch = project.branch ?? defaultBranch;
  if (branch === "")
    return `${project.path}: the repository is empty, so there is no branch to commit to. Push a first commit, or set branch.`;
  const problem = objection(project, stack, await readFile(project.path, branch, pipelinePath(project)));
  if (problem !== undefined) return problem;
  if (project.include) {
    const own = await readFile(project.path, branch, OWN_FILE);
    if (own === undefined || !includes(own))
      await pulumi.log.warn(
        `${project.path}: its ${OWN_FILE} does not include the generated pipeline yet. Add:\ninclude:\n  - local: /${pipelinePath(project)}`,
      );
  }
  return { project, branch, webUrl };
}

/**
 * @throws {pulumi.RunError} naming every project that has an objection, or that GitLab does not show to this token.
 */
export async function inspectProjects(
  projects: readonly ProjectConfig[],
  stack: string,
): Promise<readonly InspectedProject[]> {
  const results = await Promise.all(
    projects.map((project) =>
      inspectProject(project, stack).catch((error: unknown) => unreadable(project, error)),
    ),
  );
  const problems = results.filter((result) => typeof result === "string");
  if (problems.length > 0)
    throw new pulumi.RunError(
      `nothing was changed:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  return results.filter((result) => typeof result !== "string");
}

function unreadable(project: ProjectConfig, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/\b404\b/.test(text))
    return `${project.path}: GitLab has no such project, or the token may not see it. Check path, and that the token's user is a Maintainer.`;
  if (/\b401\b/.test(text))
    return `${project.path}: GitLab refuses the token. Check gitlab:token (or GITLAB_TOKEN): scopes api and create_runner, not expired.`;
  if (/\b403\b/.test(text))
    return `${project.path}: the token may not read this project. Its user needs the role Maintainer, its scopes api and create_runner.`;
  return `${project.path}: ${text}`;
}
