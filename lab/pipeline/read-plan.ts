/** Asks gitlab-ci-local which jobs a pipeline has. */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { LabError } from "../errors.ts";
import { gitlabCiLocal, stateDirectory } from "./gitlab-ci-local.ts";
import { type PlannedJob, parseExpanded, parseList, planJobs } from "./plan.ts";
import type { PipelineRunner } from "./runners.ts";
import { absentVariables, type PipelineContext, type Variables } from "./variables.ts";

export interface PlanRequest {
  readonly checkout: string;
  readonly context: PipelineContext;
  readonly variablesFile: string;
  readonly values: Variables;
  readonly runners: readonly PipelineRunner[];
}

/** What every call of a pipeline's gitlab-ci-local has in common. */
export function commonArguments(
  variablesFile: string,
  values: Variables,
  context: PipelineContext,
): string[] {
  return [
    ...["--variables-file", variablesFile],
    // It would warn about each predefined variable that it is given.
    ...["--ignore-predefined-vars", Object.keys(values).join(",")],
    ...absentVariables(context).flatMap((name) => ["--unset-variable", name]),
    // A job without an image must not run on this computer.
    "--no-shell-executor-no-image",
  ];
}

/**
 * The pipeline's jobs; undefined when the workflow's rules want no pipeline.
 *
 * @throws LabError when the file is missing or invalid.
 */
export async function readPlan(request: PlanRequest): Promise<readonly PlannedJob[] | undefined> {
  const { checkout, context, values, runners } = request;
  // A project could set options of gitlab-ci-local in these; GitLab reads none of them.
  for (const name of [".gitlab-ci-local-env", ".gitlab-ci-local.yml", ".gitlab-ci-local-ignores"]) {
    await rm(path.join(checkout, name), { force: true });
  }
  const listed = await list(request, ".gitlab-ci.yml");
  const file = parseExpanded(
    await readFile(path.join(checkout, stateDirectory, "expanded-gitlab-ci.yml"), "utf8"),
  );
  const workflow = file.workflow as { rules?: unknown } | undefined;
  if (workflow?.rules !== undefined && !(await wanted(request, file.variables, workflow.rules))) {
    return undefined;
  }
  return planJobs({
    listed: parseList(listed),
    file,
    variables: values,
    protectedRef: context.ref.protected,
    runners,
  });
}

/** gitlab-ci-local takes variables from the workflow's rules but starts jobs whatever they say: ask it as of a job. */
async function wanted(request: PlanRequest, variables: unknown, rules: unknown): Promise<boolean> {
  const name = ".gitlab-ci-local-workflow.yml";
  const probe = { variables: variables ?? {}, probe: { image: "none", script: ["true"], rules } };
  await writeFile(path.join(request.checkout, name), stringify(probe));
  try {
    return parseList(await list(request, name)).some((job) => job.when !== "never");
  } finally {
    await rm(path.join(request.checkout, name), { force: true });
  }
}

async function list(request: PlanRequest, file: string): Promise<string> {
  const { checkout, variablesFile, values, context } = request;
  const common = commonArguments(variablesFile, values, context);
  const { exitCode, stdout, stderr } = await gitlabCiLocal({
    checkout,
    arguments: [...common, "--file", file, "--list-json"],
  });
  if (exitCode !== 0) {
    throw new LabError(
      `${context.project.path} has no valid pipeline on ${context.ref.name}:\n${stderr.trim()}`,
    );
  }
  return stdout;
}
