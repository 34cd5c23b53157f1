/** The schema of `buildx-runners:projects[].hooks` and `projects[].extraJobs`: a project's own part in its pipeline. */
import { z } from "zod";
import { line, repositoryPath, runnerTag, variableName } from "./fields.ts";

const ruleSchema = z
  .strictObject({
    if: line.optional().describe("A condition as in GitLab's rules:if; a rule without one always matches."),
    when: z
      .enum(["on_success", "manual", "never", "always"])
      .default("on_success")
      .describe("When the job runs if the rule matches."),
  })
  .describe("Inserted before the job's own rules.");

const jobName = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,127}$/, "the name of a generated job, such as docker-build");

export const hooksSchema = z
  .strictObject({
    beforeBuild: z
      .array(line)
      .default([])
      .describe("Lines of POSIX shell that run in every build job, before the build."),
    variables: z
      .record(variableName, line)
      .default({})
      .describe("Variables of the whole pipeline, in plain text in the file: no secrets."),
    rules: z
      .record(jobName, z.array(ruleSchema).min(1))
      .default({})
      .describe("Rules by job: { promote: [{ if: $FREEZE, when: never }] }."),
    tags: z
      .strictObject({
        socket: z.array(runnerTag).default([]).describe("For jobs that build images."),
        plain: z.array(runnerTag).default([]).describe("For all other jobs."),
      })
      .prefault({})
      .describe("Runner tags in addition to the fleet's."),
  })
  .prefault({})
  .describe("Changes to the generated jobs.");

export const extraJobsSchema = repositoryPath
  .regex(/\.ya?ml$/, "a YAML file of the repository")
  .optional()
  .describe("Jobs of the project's own: a YAML file of its repository, which the pipeline includes.");

export type HooksConfig = z.output<typeof hooksSchema>;
