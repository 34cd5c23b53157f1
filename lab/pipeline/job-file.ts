/**
 * The file that gitlab-ci-local runs one job by: the job alone, with everything decided that GitLab decides before a runner
 * gets it.
 */
import { stringify } from "yaml";
import { reportPatterns } from "./artifacts.ts";
import type { Variables } from "./context.ts";
import type { PlannedJob } from "./plan.ts";

/** The job that stands for all those whose artifacts the job gets. */
export const needsName = "lab-needs";

/** What a runner acts on. The rest is GitLab's business, and done when the job starts. */
const kept = [
  ...["image", "services", "before_script", "script", "after_script", "cache", "environment", "coverage"],
];

/**
 * @param values all variables of the job, with placeholders for secrets.
 * @param image of jobs that name none.
 * @param hasNeeds whether there are artifacts to unpack.
 */
export function jobFile(job: PlannedJob, values: Variables, image: string, hasNeeds: boolean): string {
  const entry: Readonly<Record<string, unknown>> = job.cell.job;
  const fields = kept.filter((name) => entry[name] !== undefined && entry[name] !== null);
  const artifacts = job.cell.job.artifacts;
  const paths = [...(artifacts?.paths ?? []), ...reportPatterns(artifacts).map(({ pattern }) => pattern)];
  const content = {
    image: { name: image },
    ...Object.fromEntries(fields.map((name) => [name, entry[name]])),
    stage: "job",
    variables: values,
    // Which of them count, and when, is decided when they are here.
    ...(paths.length === 0
      ? {}
      : {
          artifacts: { paths, when: "always", ...(artifacts?.exclude ? { exclude: artifacts.exclude } : {}) },
        }),
    ...(hasNeeds ? { needs: [{ job: needsName, artifacts: true }] } : {}),
  };
  const needs = { stage: "needs", image: { name: image }, script: ["true"], artifacts: { paths: ["none"] } };
  const file = {
    stages: ["needs", "job"],
    ...(hasNeeds ? { [needsName]: needs } : {}),
    [job.name]: content,
  };
  // A text that looks like a time is one to gitlab-ci-local, unless it is quoted.
  return stringify(file, { compat: "yaml-1.1" });
}
