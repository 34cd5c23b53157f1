/**
 * What must hold before a pipeline is committed. GitLab would find some of it after the commit, and the rest never.
 */
import type { AnyPipeline } from "../model.ts";
import { checkDeployments } from "./deployments.ts";
import { checkGraph } from "./graph.ts";
import { checkScripts } from "./scripts.ts";
import { checkText } from "./text.ts";
import { checkVariables } from "./variables.ts";

/** @returns a sentence for each problem, naming the job and, in a script, the line; none for a sound pipeline. */
export function checkPipeline(pipeline: AnyPipeline): string[] {
  return [
    ...checkGraph(pipeline),
    ...checkDeployments(pipeline),
    ...checkText(pipeline),
    ...checkVariables(pipeline),
    ...checkScripts(pipeline),
  ];
}
