/** A stack that takes over a variable and a pipeline file which the project has already: Pulumi's own `import`. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config("taken");
const project = config.require("project");
const key = config.require("key");

export const { id } = new gitlab.ProjectVariable(
  "variable",
  {
    project,
    key,
    value: config.require("value"),
    description: "Made by hand",
    environmentScope: "*",
    variableType: "env_var",
    protected: false,
    masked: false,
    hidden: false,
    raw: false,
  },
  { import: `${project}:${key}:*` },
);

export const { commitId } = new gitlab.RepositoryFile(
  "pipeline",
  {
    project,
    branch: "main",
    filePath: ".gitlab-ci.yml",
    content: config.require("pipeline"),
    encoding: "text",
    createCommitMessage: "Add the pipeline",
    updateCommitMessage: "Update the pipeline",
    deleteCommitMessage: "Remove the pipeline",
  },
  { import: `${project}:main:.gitlab-ci.yml` },
);
