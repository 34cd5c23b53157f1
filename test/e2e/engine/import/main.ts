/** A stack that takes over a variable which the project has already: Pulumi's own `import`. */
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
