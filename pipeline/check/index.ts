/**
 * What must hold before a pipeline is committed. GitLab would find some of it after the commit, and the rest never.
 */
import type { AnyPipeline } from "../model.ts";
import { once } from "../once.ts";
import { checkDeployments } from "./deployments.ts";
import { checkGraph } from "./graph.ts";
import { checkScripts } from "./scripts.ts";
import { checkText } from "./text.ts";
import { checkVariables } from "./variables.ts";

/**
 * Pipelines that are alike but for the comment at their head are looked at once.
 *
 * @returns a sentence for each problem, naming the job and, in a script, the line; none for a sound pipeline.
 */
export const checkPipeline = (pipeline: AnyPipeline): readonly string[] =>
  problemsOf(JSON.stringify({ ...pipeline, header: [] }));

const problemsOf = once((json: string): readonly string[] => {
  const pipeline = JSON.parse(json) as AnyPipeline;
  return [checkGraph, checkDeployments, checkText, checkVariables, checkScripts].flatMap((check) =>
    check(pipeline),
  );
});
