import { createHash } from "node:crypto";
import path from "node:path";
import { Repository } from "./repository.ts";
import { newProjectSettings } from "./settings.ts";
import { accessLevels, NO_CLEANUP, type Project, type State } from "./state.ts";

/** Makes a private project with an empty repository and GitLab's own settings. */
export async function addProject(
  state: State,
  directory: string,
  fullPath: string,
  defaultBranch: string,
): Promise<Project> {
  // The name on disk says nothing of the path, as in GitLab: a path may hold what a file name may not.
  const name = `${createHash("sha256").update(fullPath).digest("hex").slice(0, 16)}.git`;
  const project: Project = {
    ...{ id: state.nextId(), path: fullPath, defaultBranch },
    createdAt: new Date().toISOString(),
    repository: await Repository.create(path.join(directory, name), defaultBranch),
    variables: [],
    protectedBranches: [],
    protectedTags: [],
    tagRules: [],
    repositoryRules: [],
    schedules: [],
    pipelines: [],
    mergeRequests: [],
    issues: [],
    settings: newProjectSettings(),
    cleanupPolicy: NO_CLEANUP,
  };
  state.projects.push(project);
  return project;
}

/** Who may push to a branch. `none` means nobody at all. */
export interface BranchProtectionOptions {
  /** Default `maintainer`. */
  readonly push?: "none" | "developer" | "maintainer" | "admin";
}

export function protectBranch(
  state: State,
  project: Project,
  name: string,
  options: BranchProtectionOptions = {},
): void {
  unprotectBranch(project, name);
  project.protectedBranches.push({
    id: state.nextId(),
    name,
    pushLevel: accessLevels[options.push ?? "maintainer"],
    mergeLevel: accessLevels.maintainer,
  });
}

export function unprotectBranch({ protectedBranches }: Project, name: string): void {
  const index = protectedBranches.findIndex((rule) => rule.name === name);
  if (index >= 0) protectedBranches.splice(index, 1);
}
