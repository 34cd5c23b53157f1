/** Puts a project's pipeline and registry variables where GitLab finds them. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { FleetConfig, ProjectConfig, Secret } from "../config.ts";
import { BAKE_FILE } from "./bake.ts";
import { checkPipeline } from "./check/index.ts";
import { pipelinePath } from "./ownership.ts";
import { bakeText, pipelineFor } from "./pipeline.ts";
import { renderPipeline } from "./render.ts";
import { targetOf } from "./target.ts";
import { registryVariables } from "./variables.ts";

export interface TargetProjectArgs {
  readonly stack: string;
  readonly project: ProjectConfig;
  readonly fleet: FleetConfig;
  /** Branch that receives the pipeline. */
  readonly branch: string;
}

export interface ProjectFile {
  /** In the repository. */
  readonly path: string;
  readonly content: string;
}

/**
 * What is committed to a project, checked: the build definition, and the pipeline that builds what it says.
 *
 * @throws {Error} naming what is wrong; a user's configuration cannot bring that about.
 */
export function projectFiles(
  stack: string,
  project: ProjectConfig,
  fleet: FleetConfig,
): { readonly bake: ProjectFile; readonly pipeline: ProjectFile } {
  const target = targetOf(stack, project, fleet);
  const pipeline = pipelineFor(target);
  const problems = checkPipeline(pipeline);
  if (problems.length > 0)
    throw new Error(
      `${project.path}: the pipeline is not sound, nothing was committed:\n${problems.join("\n")}`,
    );
  return {
    bake: { path: BAKE_FILE, content: bakeText(target) },
    pipeline: { path: pipelinePath(project), content: renderPipeline(pipeline) },
  };
}

/**
 * The pipeline and the variables of one target project. The commit comes last, since it starts a pipeline: pass
 * whatever that pipeline needs in `dependsOn`.
 *
 * @example
 * new TargetProject("acme/shop", { stack, project, fleet, branch: "main" }, { dependsOn: [fleet] });
 */
export class TargetProject extends pulumi.ComponentResource {
  /** The commit that holds the pipeline. */
  readonly commit: pulumi.Output<string>;

  constructor(name: string, args: TargetProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:pipeline:TargetProject", name, {}, opts);
    const { stack, project, fleet, branch } = args;
    const files = projectFiles(stack, project, fleet);

    const variables = registryVariables(project, fleet).map(
      ({ value, ...variable }) =>
        new gitlab.ProjectVariable(
          `${name}-${variable.key}`,
          { project: project.path, ...variable, ...guarded(value), raw: true },
          // Two variables of one name cannot be there at the same time.
          { parent: this, deleteBeforeReplace: true },
        ),
    );
    const commit = (
      { path, content }: ProjectFile,
      what: string,
      dependsOn: pulumi.Resource[],
      suffix = "",
    ) =>
      new gitlab.RepositoryFile(
        `${name}-${what}`,
        {
          project: project.path,
          branch,
          filePath: path,
          content,
          encoding: "text",
          createCommitMessage: `Add the ${what} of buildx-runners${suffix}`,
          updateCommitMessage: `Update the ${what} of buildx-runners${suffix}`,
          deleteCommitMessage: `Remove the ${what} of buildx-runners${suffix}`,
          overwriteOnCreate: project.adopt,
        },
        { parent: this, dependsOn },
      );
    // A commit of its own, which starts no pipeline: that of the pipeline follows it.
    const bake = commit(files.bake, "build", [...variables, ...dependencies(opts)], " [skip ci]");
    const pipeline = commit(files.pipeline, "pipeline", [bake]);

    this.commit = pipeline.commitId;
    this.registerOutputs({ commit: this.commit });
  }
}

function guarded(value: string | Secret): Pick<gitlab.ProjectVariableArgs, "value" | "masked" | "hidden"> {
  return typeof value === "string"
    ? { value }
    : { value: pulumi.secret(value.reveal()), masked: true, hidden: true };
}

/** A component hands `dependsOn` to its children only where the engine does so; the commit must wait in any case. */
function dependencies(opts: pulumi.ComponentResourceOptions | undefined): pulumi.Resource[] {
  const dependsOn = opts?.dependsOn ?? [];
  return (Array.isArray(dependsOn) ? dependsOn : [dependsOn]).filter((resource) =>
    pulumi.Resource.isInstance(resource),
  );
}
