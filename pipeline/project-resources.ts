/** Schedules, protections and the cleanup policy of a target project. */
import * as command from "@pulumi/command/local/index.js";
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { GitlabAccess } from "../config/gitlab.ts";
import type { CleanupConfig, ProtectionConfig } from "../config/operations.ts";
import type { ProjectConfig } from "../config/projects.ts";
import { cleanupPolicy, MOVING_TAGS } from "./cleanup.ts";
import { schedulesOf } from "./schedules.ts";

/**
 * @param access for what the provider has no resource for.
 * @param pipeline the commit that the schedules run: before it, they would run something else.
 */
export function createProjectResources(
  parent: pulumi.Resource,
  name: string,
  project: ProjectConfig,
  branch: string,
  pipeline: pulumi.Resource,
  access: GitlabAccess,
): void {
  for (const schedule of schedulesOf(project)) {
    const { pipelineScheduleId } = new gitlab.PipelineSchedule(
      `${name}-${schedule.name}`,
      {
        project: project.path,
        ref: `refs/heads/${branch}`,
        description: schedule.description,
        cron: schedule.cron,
        cronTimezone: "UTC",
      },
      { parent, dependsOn: pipeline },
    );
    for (const [key, value] of Object.entries(schedule.variables))
      new gitlab.PipelineScheduleVariable(
        `${name}-${schedule.name}-${key}`,
        { project: project.path, pipelineScheduleId, key, value },
        { parent },
      );
  }
  if (project.protection) protect(parent, name, project.path, project.protection);
  if (project.cleanup) cleanUp(parent, name, project, project.cleanup, access);
}

const PROGRAM = "node_modules/.bin/node pipeline/set-cleanup-policy.ts";

/** The token goes in by standard input, and is a secret of the state: deleting needs it again. */
function cleanUp(
  parent: pulumi.Resource,
  name: string,
  project: ProjectConfig,
  config: CleanupConfig,
  { api, token, caFile }: GitlabAccess,
): void {
  new command.Command(
    `${name}-cleanup`,
    {
      create: `${PROGRAM} set`,
      delete: `${PROGRAM} restore`,
      environment: {
        GITLAB_API: api,
        GITLAB_PROJECT: project.path,
        CLEANUP_POLICY: JSON.stringify(cleanupPolicy(project, config)),
        ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
      },
      ...(token === undefined ? {} : { stdin: pulumi.secret(token) }),
      // Another project's policy is set by another command: this one puts back what it found.
      triggers: [project.path],
    },
    { parent, additionalSecretOutputs: ["stdin"] },
  );
}

function protect(parent: pulumi.Resource, name: string, project: string, protection: ProtectionConfig): void {
  for (const tag of protection.tags)
    new gitlab.TagProtection(
      `${name}-tag-${tag}`,
      { project, tag, createAccessLevel: "maintainer" },
      { parent },
    );
  if (!protection.containers) return;
  new gitlab.ProjectContainerTagProtection(
    `${name}-promoted`,
    {
      project,
      tagNameRegex: MOVING_TAGS,
      minimumAccessLevelForPush: "MAINTAINER",
      minimumAccessLevelForDelete: "MAINTAINER",
    },
    // Every change is a replacement, and GitLab refuses a second rule of the same pattern.
    { parent, deleteBeforeReplace: true },
  );
}
