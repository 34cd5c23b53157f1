import type * as pulumi from "@pulumi/pulumi";
import { GitlabResource, type RequiredKeys } from "./resource.ts";

/** Arguments of {@link ProjectVariable}. */
export interface ProjectVariableArgs {
  /** Free text. */
  readonly description?: pulumi.Input<string | undefined>;
  /** Environments that see the variable; default `*`, all of them. */
  readonly environmentScope?: pulumi.Input<string | undefined>;
  /** Whether the value cannot be read again in GitLab; implies `masked`. */
  readonly hidden?: pulumi.Input<boolean | undefined>;
  /** The variable's name. */
  readonly key: pulumi.Input<string>;
  /** Whether job logs show the value as `[MASKED]`. */
  readonly masked?: pulumi.Input<boolean | undefined>;
  /** Project, by number or full path. */
  readonly project: pulumi.Input<string>;
  /** Whether only pipelines of protected refs get the variable. */
  readonly protected?: pulumi.Input<boolean | undefined>;
  /** Whether `$` in the value stays as it is. */
  readonly raw?: pulumi.Input<boolean | undefined>;
  /** The variable's value. Pass a secret where it is one: the schema does not mark it. */
  readonly value: pulumi.Input<string>;
  /** `env_var` or `file`. */
  readonly variableType?: pulumi.Input<string | undefined>;
}

/**
 * A CI/CD variable of a project.
 *
 * GitLab refuses a masked value that is shorter than eight characters, spans lines or holds characters its
 * job log cannot mask.
 */
export class ProjectVariable extends GitlabResource {
  /** @throws Error where a required argument is missing; the message names it. */
  constructor(name: string, args: ProjectVariableArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, args, opts, {
      type: "gitlab:index/projectVariable:ProjectVariable",
      required: ["key", "project", "value"] satisfies RequiredKeys<ProjectVariableArgs>[],
      outputs: [],
      secretOutputs: [],
    });
  }
}
