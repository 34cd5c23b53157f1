import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const path = config.require("path");
const found = await gitlab.getProject({ pathWithNamespace: path });

const runner = new gitlab.UserRunner("runner", {
  runnerType: "project_type",
  projectId: Number(found.id),
  tagLists: ["buildx"],
});
const password = new gitlab.ProjectVariable("password", {
  project: path,
  key: "REGISTRY_PASSWORD",
  value: config.requireSecret("password"),
  masked: true,
});
const file = new gitlab.RepositoryFile(
  "pipeline",
  {
    project: path,
    branch: found.defaultBranch,
    filePath: ".gitlab-ci.yml",
    content: config.require("content"),
    encoding: "text",
    commitMessage: "Write the pipeline",
  },
  { dependsOn: [runner, password] },
);

export const token = runner.token;
export const commit = file.commitId;
