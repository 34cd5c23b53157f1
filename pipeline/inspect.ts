/** Looks at the target projects before anything is registered, so that an objection stops a run with nothing changed. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { ProjectConfig } from "../config/projects.ts";
import { explainRefusal, roleObjection } from "../runner/gitlab-access.ts";
import { BAKE_FILE } from "./bake.ts";
import {
  foreignObjection,
  GENERATED_FILES,
  includes,
  OWN_FILE,
  objection,
  pipelinePath,
} from "./ownership.ts";

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

const firstForeign = (
  project: ProjectConfig,
  stack: string,
  files: ReadonlyMap<string, string | undefined>,
  place?: string,
): string | undefined =>
  [...files]
    .map(([path, content]) => foreignObjection(project, stack, path, content, place))
    .find((problem) => problem !== undefined);

/** A stack that writes to the default branch is at home in the project, whatever other branches there are. */
async function foreignOnDefault(
  project: ProjectConfig,
  stack: string,
  branch: string,
): Promise<string | undefined> {
  const contents = GENERATED_FILES.map(
    async (path) => [path, await readFile(project.path, branch, path)] as const,
  );
  return firstForeign(project, stack, new Map(await Promise.all(contents)), `on ${branch}`);
}

async function inspectProject(project: ProjectConfig, stack: string): Promise<InspectedProject | string> {
  const { defaultBranch, webUrl, permissions } = await gitlab.getProject({ pathWithNamespace: project.path });
  const unfit = roleObjection(project.path, permissions);
  if (unfit !== undefined) return unfit;
  const branch = project.branch ?? defaultBranch;
  if (branch === "")
    return `${project.path}: the repository is empty, so there is no branch to commit to. Push a first commit, or set branch.`;
  const files = new Map(
    await Promise.all(
      GENERATED_FILES.map(async (path) => [path, await readFile(project.path, branch, path)] as const),
    ),
  );
  for (const path of [pipelinePath(project), BAKE_FILE]) {
    const problem = objection(project, stack, path, files.get(path));
    if (problem !== undefined) return problem;
  }
  const foreign =
    firstForeign(project, stack, files) ??
    (branch === defaultBranch || defaultBranch === ""
      ? undefined
      : await foreignOnDefault(project, stack, defaultBranch));
  if (foreign !== undefined) return foreign;
  if (project.include) {
    const own = files.get(OWN_FILE);
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
