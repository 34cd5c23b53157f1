/** Environments: that nothing deploys to one of them twice at once, or stops halfway. */
import type { AnyPipeline } from "../model.ts";
import { inherited } from "./parts.ts";

export function checkDeployments(pipeline: AnyPipeline): string[] {
  return Object.entries(pipeline.jobs).flatMap(([name, job]) => {
    const environment = inherited(pipeline, job, "environment");
    if (environment === undefined || !["start", "stop"].includes(environment.action ?? "start")) return [];
    const problems: string[] = [];
    if (!inherited(pipeline, job, "resource_group"))
      problems.push(
        `${name}: has no resource_group, so that two may deploy to '${environment.name}' at once`,
      );
    if (inherited(pipeline, job, "interruptible"))
      problems.push(
        `${name}: is interruptible, so that a deployment to '${environment.name}' may end halfway`,
      );
    return problems;
  });
}
