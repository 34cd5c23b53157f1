/** Brings the committed project here, as a runner would. */
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import type { Commit, PipelineContext } from "./variables.ts";

/** Where the project's commits come from. */
export interface Repository {
  /** `https://gitlab.example.com/acme/shop.git`, or a directory that is a Git repository. */
  readonly url: string;
  /** The `Authorization` header that Git sends: `Basic …`. */
  readonly authorization?: string;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caPath?: string;
}

/**
 * Clones one ref of a repository.
 *
 * @param sha the commit; the ref's tip unless set.
 * @returns the commit that is checked out.
 * @throws LabError when the ref or the commit is not there.
 */
export async function checkOut(
  repository: Repository,
  context: PipelineContext,
  sha: string | undefined,
  directory: string,
): Promise<Commit> {
  const env = gitEnvironment(repository);
  const { ref, project } = context;
  const git = (argv: readonly string[]) =>
    run("git", ["-C", directory, ...argv], { env, purpose: `check out ${ref.name} of ${project.path}` });
  await run("git", ["clone", "--quiet", "--branch", ref.name, "--", repository.url, directory], {
    env,
    purpose: `clone ${ref.name} of ${project.path}`,
  });
  if (sha !== undefined) await git(["reset", "--quiet", "--hard", sha]);
  // gitlab-ci-local reads the project's address and its default branch from here.
  await git(["remote", "set-url", "origin", `${project.url}.git`]);
  await git(["symbolic-ref", "refs/remotes/origin/HEAD", `refs/remotes/origin/${project.defaultBranch}`]);
  const { stdout } = await git(["log", "-1", "--format=%H%n%cI%n%an <%ae>%n%B"]);
  const [head = "", timestamp = "", author = "", ...message] = stdout.split("\n");
  if (sha !== undefined && head !== sha) throw new LabError(`${project.path} has no commit ${sha}`);
  return { sha: head, timestamp, author, message: message.join("\n").trim() };
}

/** Settings travel in the environment: the header is a secret, and arguments are there for everyone to read. */
function gitEnvironment(repository: Repository): Record<string, string> {
  const settings: [string, string][] = [];
  if (repository.authorization !== undefined) {
    settings.push(["http.extraHeader", `Authorization: ${repository.authorization}`]);
  }
  if (repository.caPath !== undefined) settings.push(["http.sslCAInfo", repository.caPath]);
  const numbered = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_TERMINAL_PROMPT: "0",
    // The person's own settings have no say here, and neither have the machine's.
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    ...(repository.caPath === undefined ? {} : { GIT_SSL_CAINFO: repository.caPath }),
    ...Object.fromEntries(numbered),
  };
}
