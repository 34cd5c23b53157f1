/** Schedules and protections of a target project. */
import * as gitlab from "@pulumi/gitlab";
import type * as pulumi from "@pulumi/pulumi";
import type { ProtectionConfig } from "../config/operations.ts";
import type { ProjectConfig } from "../config.ts";
import { MOVING_TAGS } from "./cleanup.ts";
import { schedulesOf } from "./operations.ts";

/**
 * @param pipeline the commit that the schedules run: before it, they would run something else.
 */
export function operate(
  parent: pulumi.Resource,
  name: string,
  project: ProjectConfig,
  branch: string,
  pipeline: pulumi.Resource,
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
    { parent },
  );
}
