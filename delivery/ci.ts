/** The variables that GitLab gives a job about itself. @see https://docs.gitlab.com/ci/variables/predefined_variables/ */
import { UsageError } from "../command-line.ts";
import type { StackEngine, StackOptions } from "../stack/engine.ts";
import { openStack } from "../stack/open.ts";

/** What the delivery's commands work with; a test brings its own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The repository's root. */
  readonly directory: string;
  readonly open: (options: StackOptions) => Promise<StackEngine>;
  readonly say: (line: string) => void;
}

export const realSurroundings = (): Surroundings => ({
  environment: process.env,
  directory: process.cwd(),
  open: openStack,
  say: (line) => console.log(line),
});

/** A variable that the job needs. */
export function needed({ environment }: Pick<Surroundings, "environment">, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "")
    throw new UsageError(`${name} is not set: run this command in a GitLab job; ${whence(name)}`);
  return value;
}

function whence(name: string): string {
  if (name === "DELIVERY_TOKEN")
    return "set it to a project access token with the role Developer and the scope api, as a protected, masked variable of the project";
  return name === "CI_MERGE_REQUEST_IID"
    ? "GitLab sets it in pipelines of merge requests"
    : "GitLab sets it in every job";
}

/**
 * Whether the job has the stack's secrets. They are protected variables, and a pipeline of a merge request has those
 * where its branches are protected.
 */
export const isTrusted = ({ environment }: Pick<Surroundings, "environment">): boolean =>
  environment.CI_COMMIT_REF_PROTECTED === "true";
