/** Looks at the target projects before anything is registered, so that an objection stops a run with nothing changed. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { ProjectConfig } from "../config.ts";
import { explainRefusal, roleObjection } from "../runner/gitlab-access.ts";
import { BAKE_FILE } from "./bake.ts";
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
  const { defaultBranch, webUrl, permissions } = await gitlab.getProject({ pathWithNamespace: project.path });
  const unfit = roleObjection(project.path, permissions);
  if (unfit !== undefined) return unfit;
  const branch = project.branch ?? defaultBranch;
  if (branch === "")
    return `${project.path}: the repository is empty, so there is no branch to commit to. Push a first commit, or set branch.`;
  for (const path of [pipelinePath(project), BAKE_FILE]) {
    const problem = objection(project, stack, path, await readFile(project.path, branch, path));
    if (problem !== undefined) return problem;
  }
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
 * @returns the projects, and a sentence for each that has an objection, or that GitLab does not show to this token.
 */
export async function inspectProjects(
  projects: readonly ProjectConfig[],
  stack: string,
): Promise<{ inspected: readonly InspectedProject[]; problems: readonly string[] }> {
  const results = await Promise.all(
    projects.map((project) =>
      inspectProject(project, stack).catch((error: unknown) => explainRefusal(project.path, error)),
    ),
  );
  return {
    inspected: results.filter((result) => typeof result !== "string"),
    problems: results.filter((result) => typeof result === "string"),
  };
}
