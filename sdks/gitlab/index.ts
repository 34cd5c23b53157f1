/**
 * GitLab as Pulumi resources: a local SDK with the import surface of the published `@pulumi/gitlab`, as far as this
 * project uses it.
 *
 * Type tokens, property names, secrets and plugin version are those of the published provider, so that moving to its
 * package is one line in package.json.
 */
export { getGroup } from "./getGroup.ts";
export { getProject } from "./getProject.ts";
export { getRepositoryFile } from "./getRepositoryFile.ts";
export { PipelineSchedule, type PipelineScheduleArgs } from "./pipelineSchedule.ts";
export { PipelineScheduleVariable, type PipelineScheduleVariableArgs } from "./pipelineScheduleVariable.ts";
export {
  ProjectContainerTagProtection,
  type ProjectContainerTagProtectionArgs,
} from "./projectContainerTagProtection.ts";
export { ProjectVariable, type ProjectVariableArgs } from "./projectVariable.ts";
export { RepositoryFile, type RepositoryFileArgs } from "./repositoryFile.ts";
export { TagProtection, type TagProtectionArgs } from "./tagProtection.ts";
export { UserRunner, type UserRunnerArgs } from "./userRunner.ts";
