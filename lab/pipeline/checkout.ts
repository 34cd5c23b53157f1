/** Brings the committed project here, as a runner would. */
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { type Commit, type PipelineContext, refPath, type Variables } from "./context.ts";
import type { ChangedFiles } from "./rules.ts";

/** Where the project's commits come from. */
export interface Repository {
  /** `https://gitlab.example.com/acme/shop.git`, or a directory that is a Git repository. */
  readonly url: string;
  /** The `Authorization` header that Git sends: `Basic …`. */
  readonly authorization?: string;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caPath?: string;
}

/** The whole repository, on this computer: jobs take their part of it from here. */
export interface Source {
  readonly directory: string;
  readonly commit: Commit;
}

/** Full depth is asked for by `GIT_DEPTH: 0`; new projects have 20 (`ci_default_git_depth`). */
const defaultDepth = "20";

/**
 * Fetches a repository, merge requests included.
 *
 * @param sha the commit; the ref's tip unless set.
 * @throws LabError when the ref or the commit is not there.
 */
export async function fetchSource(
  repository: Repository,
  context: PipelineContext,
  sha: string | undefined,
  directory: string,
): Promise<Source> {
  const { project } = context;
  const purpose = `fetch ${refPath(context)} of ${project.path}`;
  const env = { ...isolated, ...accessTo(repository) };
  const git = (argv: readonly string[]) => run("git", ["-C", directory, ...argv], { env, purpose });
  await run("git", ["init", "--quiet", "--bare", directory], { env, purpose });
  await git([
    ...["fetch", "--quiet", "--no-tags", "--", repository.url],
    ...["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"],
    "+refs/merge-requests/*:refs/merge-requests/*",
  ]);
  const name = sha ?? refPath(context);
  const known = await run("git", ["-C", directory, "rev-parse", "--verify", "--quiet", `${name}^{commit}`], {
    env,
    tolerate: true,
  });
  if (known.exitCode !== 0) throw new LabError(`${project.path} has no ${sha ?? refPath(context)}`);
  const { stdout } = await git(["log", "-1", "--format=%H%n%cI%n%an <%ae>%n%B", known.stdout.trim()]);
  const [head = "", timestamp = "", author = "", ...message] = stdout.split("\n");
  return { directory, commit: { sha: head, timestamp, author, message: message.join("\n").trim() } };
}

/** Checks the commit out with everything that it comes from, to look at and not to run. */
export async function checkOutWhole({ directory, commit }: Source, checkout: string): Promise<void> {
  const options = { env: isolated, purpose: `check out ${commit.sha}` };
  await run("git", ["clone", "--quiet", "--shared", "--no-checkout", "--", directory, checkout], options);
  await run("git", ["-C", checkout, "checkout", "--quiet", "--detach", commit.sha], options);
}

/**
 * Checks a job's commit out as the runner does: a detached HEAD, a history of GIT_DEPTH commits, the pipeline's own ref and
 * the branch or tag alone, and an `origin` that Git in the job can fetch from.
 *
 * @see https://docs.gitlab.com/ci/runners/configure_runners/#shallow-cloning
 */
export async function checkOutForJob(
  { directory, commit }: Source,
  context: PipelineContext,
  job: {
    readonly checkout: string;
    readonly variables: Variables;
    /** Of `origin`. */
    readonly url: string;
    /** Where the job finds the PEM file of GitLab's authority. */
    readonly caFile: string | undefined;
  },
): Promise<void> {
  const { checkout, variables } = job;
  const options = { env: isolated, purpose: `check out ${commit.sha} for a job` };
  await run("git", ["init", "--quiet", checkout], options);
  const git = (argv: readonly string[]) => run("git", ["-C", checkout, ...argv], options);
  // Its address holds the job's token, which is no one else's to read in a list of processes.
  await writeFile(path.join(checkout, ".git/config"), configText(job, new URL(context.project.url).origin), {
    flag: "a",
  });
  const strategy = variables.GIT_STRATEGY ?? "fetch";
  if (strategy === "none" || strategy === "empty") return leaveOut(checkout, ".git");
  const depth = Number(variables.GIT_DEPTH ?? defaultDepth);
  await git([
    ...["fetch", "--quiet", ...(depth > 0 ? [`--depth=${depth}`] : [])],
    ...[`file://${directory}`, ...refspecs(context, commit.sha, depth)],
  ]);
  await git(["checkout", "--quiet", "--force", "--detach", commit.sha]);
}

/** Not asked where the address has a token. */
const CREDENTIAL_HELPER = `!f() { echo username=gitlab-ci-token; echo \\"password=$CI_JOB_TOKEN\\"; }; f`;

function configText({ url, caFile }: { url: string; caFile: string | undefined }, server: string): string {
  const remote = `[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
  const authority = caFile === undefined ? "" : `[http "${server}"]\n\tsslCAInfo = ${caFile}\n`;
  return `${remote}${authority}[credential "${server}"]\n\thelper = "${CREDENTIAL_HELPER}"\n`;
}

/** What GitLab tells a runner to fetch. */
function refspecs(context: PipelineContext, sha: string, depth: number): string[] {
  const { ref, pipelineId, mergeRequest } = context;
  const own = `+${sha}:refs/pipelines/${pipelineId}`;
  if (depth <= 0) return [own, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  if (mergeRequest !== undefined) return [own];
  return ref.type === "tag"
    ? [own, `+refs/tags/${ref.name}:refs/tags/${ref.name}`]
    : [own, `+refs/heads/${ref.name}:refs/remotes/origin/${ref.name}`];
}

/** gitlab-ci-local copies everything else into the job's container. */
async function leaveOut(checkout: string, pattern: string): Promise<void> {
  await mkdir(checkout, { recursive: true });
  await writeFile(path.join(checkout, ".gitlab-ci-local-ignores"), `${pattern}\n`);
}

/**
 * What `rules:changes` compares with: a merge request's base, or what the branch was before the push. Nothing for any
 * other pipeline.
 *
 * @see https://docs.gitlab.com/ci/yaml/#ruleschanges
 */
export function changedFilesOf({ directory, commit }: Source, context: PipelineContext): ChangedFiles {
  const before = context.source === "push" && context.ref.type === "branch" ? context.before : undefined;
  const base = context.mergeRequest?.diffBaseSha ?? before;
  return (compareTo) => {
    const other = compareTo ?? base;
    if (other === undefined) return undefined;
    const argv = ["-C", directory, "diff", "--name-only", "-z", other, commit.sha];
    const text = execFileSync("git", argv, { encoding: "utf8", env: { ...process.env, ...isolated } });
    return text.split("\0").filter((file) => file !== "");
  };
}

/** The person's own settings have no say here, and neither have the machine's. */
export const isolated: Readonly<Record<string, string>> = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
};

/** Settings travel in the environment: the header is a secret, and arguments are there for everyone to read. */
function accessTo(repository: Repository): Record<string, string> {
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
    ...(repository.caPath === undefined ? {} : { GIT_SSL_CAINFO: repository.caPath }),
    ...Object.fromEntries(numbered),
  };
}
