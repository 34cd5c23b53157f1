/** Puts a project's pipeline and registry variables where GitLab finds them. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { FleetConfig, ProjectConfig, Secret } from "../config.ts";
import { checkPipeline } from "./check.ts";
import { pipelinePath } from "./ownership.ts";
import { pipelineFor } from "./pipeline.ts";
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

/**
 * The text of a project's pipeline, checked.
 *
 * @throws {Error} naming what is wrong; a user's configuration cannot bring that about.
 */
export function pipelineText(stack: string, project: ProjectConfig, fleet: FleetConfig): string {
  const pipeline = pipelineFor(targetOf(stack, project, fleet));
  const problems = checkPipeline(pipeline);
  if (problems.length > 0)
    throw new Error(
      `${project.path}: the pipeline is not sound, nothing was committed:\n${problems.join("\n")}`,
    );
  return renderPipeline(pipeline);
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
    const content = pipelineText(stack, project, fleet);

    const variables = registryVariables(project, fleet).map(
      ({ value, ...variable }) =>
        new gitlab.ProjectVariable(
          `${name}-${variable.key}`,
          { project: project.path, ...variable, ...guarded(value), raw: true },
          // Two variables of one name cannot be there at the same time.
          { parent: this, deleteBeforeReplace: true },
        ),
    );
    const file = new gitlab.RepositoryFile(
      `${name}-pipeline`,
      {
        project: project.path,
        branch,
        filePath: pipelinePath(project),
        content,
        encoding: "text",
        createCommitMessage: "Add the pipeline of buildx-runners",
        updateCommitMessage: "Update the pipeline of buildx-runners",
        deleteCommitMessage: "Remove the pipeline of buildx-runners",
        overwriteOnCreate: project.adopt,
      },
      { parent: this, dependsOn: [...variables, ...dependencies(opts)] },
    );

    this.commit = file.commitId;
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
