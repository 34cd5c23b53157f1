/** Puts a project's pipeline and registry variables where GitLab finds them. */
import * as command from "@pulumi/command/local/index.js";
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { GitlabAccess } from "../config/gitlab.ts";
import type { ProjectConfig } from "../config/projects.ts";
import type { StackConfig } from "../config/schema.ts";
import type { Secret } from "../config/secret.ts";
import type { FleetConfig } from "../runner/fleets/kinds.ts";
import { BAKE_FILE } from "./bake.ts";
import { checkPipeline } from "./check/index.ts";
import { hookProblems } from "./hooks.ts";
import { pipelinePath } from "./ownership.ts";
import { bakeText, pipelineFor } from "./pipeline.ts";
import { createProjectResources } from "./project-resources.ts";
import { renderPipeline } from "./render.ts";
import { targetOf } from "./target.ts";
import { projectVariables } from "./variables.ts";

export interface ProjectFile {
  /** In the repository. */
  readonly path: string;
  readonly content: string;
}

export interface ProjectFiles {
  /** The build definition. */
  readonly bake: ProjectFile;
  /** The pipeline that builds what it says. */
  readonly pipeline: ProjectFile;
}

/**
 * What is committed to a project, checked.
 *
 * @throws {pulumi.RunError} naming what is wrong: with the hooks of the configuration, or else with this program.
 */
export function projectFiles(config: StackConfig, project: ProjectConfig): ProjectFiles {
  const fleet = config.fleets.find(({ name }) => name === project.fleet);
  if (!fleet)
    throw new Error(`fleet ${project.fleet} is missing; the configuration's check should have said so`);
  const target = targetOf(config.stack, project, fleet);
  const pipeline = pipelineFor(target);
  const problems = [...hookProblems(pipeline, project.hooks), ...checkPipeline(pipeline)];
  if (problems.length > 0)
    throw new pulumi.RunError(
      `${project.path}: the pipeline is not sound, nothing was changed:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  return {
    bake: { path: BAKE_FILE, content: bakeText(target) },
    pipeline: { path: pipelinePath(project), content: renderPipeline(pipeline) },
  };
}

export interface TargetProjectArgs {
  readonly project: ProjectConfig;
  readonly fleet: FleetConfig;
  /** Branch that receives the pipeline. */
  readonly branch: string;
  /** What is committed. */
  readonly files: ProjectFiles;
  readonly access: GitlabAccess;
}

/**
 * The pipeline and the variables of one target project. The commit comes last, since it starts a pipeline: pass
 * whatever that pipeline needs in `dependsOn`.
 *
 * @example
 * new TargetProject("acme/shop", { project, fleet, branch: "main", files, access }, { dependsOn: [fleet] });
 */
export class TargetProject extends pulumi.ComponentResource {
  /** The commit that holds the pipeline. */
  readonly commit: pulumi.Output<string>;

  constructor(name: string, args: TargetProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:pipeline:TargetProject", name, {}, opts);
    const { project, fleet, branch, files, access } = args;

    const variables = projectVariables(project, fleet).map(
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
        { parent: this, dependsOn, retainOnDelete: keepsFiles(project) },
      );
    // A commit of its own, which starts no pipeline: that of the pipeline follows it.
    const bake = commit(files.bake, "build", [...variables, ...dependencies(opts)], " [skip ci]");
    const pipeline = commit(files.pipeline, "pipeline", [bake]);

    if (keepsFiles(project)) handBack(this, name, args, [bake, pipeline]);
    createProjectResources(this, name, project, branch, pipeline, access);

    this.commit = pipeline.commitId;
    this.registerOutputs({ commit: this.commit });
  }
}

const keepsFiles = ({ onDestroy }: ProjectConfig): boolean => onDestroy === "keep";

const HAND_BACK = "node_modules/.bin/node pipeline/hand-back.ts";

/** Does nothing but at its deletion, which comes before that of the files; those are then left where they are. */
function handBack(
  parent: pulumi.Resource,
  name: string,
  { project, branch, files, access }: TargetProjectArgs,
  dependsOn: pulumi.Resource[],
): void {
  const { api, token, caFile } = access;
  const paths = [files.bake.path, files.pipeline.path];
  new command.Command(
    `${name}-hand-back`,
    {
      delete: HAND_BACK,
      environment: {
        GITLAB_API: api,
        GITLAB_PROJECT: project.path,
        BRANCH: branch,
        STACK: pulumi.getStack(),
        FILES: JSON.stringify(paths),
        ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
      },
      ...(token === undefined ? {} : { stdin: pulumi.secret(token) }),
      // Files elsewhere are others: the ones from before are handed back.
      triggers: [project.path, branch, ...paths],
    },
    { parent, dependsOn, additionalSecretOutputs: ["stdin"] },
  );
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
