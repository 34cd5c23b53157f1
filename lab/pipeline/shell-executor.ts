/** Runs a job's script on this computer, as a runner with the shell executor would: for jobs whose image is not to be had. */
import { appendFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { directoryName, dotenvOf, keepArtifacts, unpackArtifacts } from "./artifacts.ts";
import { checkOutForJob, type Source } from "./checkout.ts";
import type { Variables } from "./context.ts";
import { environmentOf, jobVariables, repositoryUrl } from "./job-variables.ts";
import type { PlannedJob } from "./plan.ts";
import type { PipelineRunner } from "./runners.ts";
import type { JobResult, ManualStart, ShellPipelineOptions } from "./types.ts";
import { expand, masker, Secrets } from "./variables.ts";

/** The runner that takes every job. */
export const SHELL_RUNNER: PipelineRunner = {
  ...{
    name: "this computer",
    socket: "",
    image: "",
    volumes: [],
    securityOptions: [],
    environment: {},
    urlsWithoutTokens: false,
  },
  ...{ tags: [], refProtected: false },
};

export interface ShellJobRun {
  readonly job: PlannedJob;
  /** Set for a manual job. */
  readonly started: ManualStart | undefined;
  readonly options: ShellPipelineOptions;
  readonly source: Source;
  /** Gets the log, artifacts and reports. */
  readonly directory: string;
  /** The job's own: its checkout and the files of its variables come here. */
  readonly place: string;
  /** Text that occurs in no value. */
  readonly mark: string;
}

/** Every job has a directory of its own in the place of the runner's. */
const BUILDS = "/builds/";

export async function runShellJob(request: ShellJobRun): Promise<JobResult> {
  const { job, options, source, directory, place } = request;
  const startedAt = performance.now();
  const environment = environmentOf(job.cell.job, job.variables);
  const credentials = options.startJob({
    ...{ name: job.name, stage: job.stage, sha: source.commit.sha },
    ...(environment === undefined ? {} : { environment }),
  });
  try {
    const secrets = new Secrets(request.mark);
    const variables = await variablesOf(request, credentials, secrets);
    const checkout = path.join(place, "builds", options.context.project.path);
    await checkOutForJob(source, options.context, {
      ...{ checkout, variables, url: repositoryUrl(options.context, credentials.token) },
      caFile: variables.CI_SERVER_TLS_CA_FILE,
    });
    await unpackArtifacts(directory, job.artifactsOf, checkout);
    const logPath = path.join(directory, "logs", `${directoryName(job.name)}.log`);
    await mkdir(path.dirname(logPath), { recursive: true });
    await writeFile(logPath, `Running on ${SHELL_RUNNER.name}\n`, { mode: 0o600 });
    const mask = masker(secrets.values.values());
    const onLine = (line: string) => {
      const masked = mask(line);
      appendFileSync(logPath, `${masked}\n`);
      options.onLine?.(job.name, masked);
    };
    const exitCode = await runScripts(job, { checkout, place, variables, options, onLine });
    const { artifacts } = job.cell.job;
    if (artifacts)
      await keepArtifacts({
        ...{ job: job.name, artifacts, succeeded: exitCode === 0, variables, from: checkout, directory },
      });
    const status = options.signal?.aborted === true ? "canceled" : exitCode === 0 ? "success" : "failed";
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      name: job.name,
      stage: job.stage,
      status,
      seconds,
      exitCode,
      runner: SHELL_RUNNER.name,
      logPath,
    };
  } finally {
    credentials.finish();
  }
}

/** What the job finds in its environment, every value as it is. */
async function variablesOf(
  { job, started, options, source, directory, place }: ShellJobRun,
  credentials: ReturnType<ShellPipelineOptions["startJob"]>,
  secrets: Secrets,
): Promise<Variables> {
  const { caPath } = options.repository;
  const { values, files } = await jobVariables({
    ...{ context: options.context, commit: source.commit, job, runner: SHELL_RUNNER, credentials, secrets },
    variables: options.variables,
    runVariables: [...(options.runVariables ?? []), ...(started?.variables ?? [])],
    dotenv: await dotenvOf(directory, job.artifactsOf),
    ca: caPath === undefined ? undefined : await readFile(caPath, "utf8"),
  });
  const builds = path.join(place, "builds");
  const fileDirectory = path.join(builds, `${options.context.project.path}.tmp`);
  await mkdir(fileDirectory, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(fileDirectory, name), content, { mode: 0o600 });
  const plain = (value: string) => {
    // `$$` stands for a `$` that names nothing.
    const parts = value.split("$$").map((part) => expand(part, values).replaceAll("$$", "$"));
    const revealed = [...secrets.values].reduce(
      (text, [placeholder, secret]) => text.replaceAll(placeholder, secret),
      parts.join("$"),
    );
    return revealed.startsWith(BUILDS) ? path.join(builds, revealed.slice(BUILDS.length)) : revealed;
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plain(value)]));
}

interface Execution {
  readonly checkout: string;
  readonly place: string;
  readonly variables: Variables;
  readonly options: ShellPipelineOptions;
  readonly onLine: (line: string) => void;
}

/** @returns the exit code of `before_script` and `script`; `after_script` has a shell of its own, and no say. */
async function runScripts(job: PlannedJob, execution: Execution): Promise<number> {
  const { before_script = [], script = [], after_script = [] } = job.cell.job;
  const exitCode = await runLines([...before_script, ...script], execution);
  if (after_script.length > 0) await runLines(after_script, execution);
  return exitCode;
}

async function runLines(lines: readonly string[], execution: Execution): Promise<number> {
  const { checkout, place, variables, options, onLine } = execution;
  const home = path.join(place, "home");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const child = execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", lines.join("\n")], {
    cwd: checkout,
    reject: false,
    all: true,
    stdin: "ignore",
    extendEnv: false,
    env: { HOME: home, LANG: "C.UTF-8", ...variables, ...options.environment },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    forceKillAfterDelay: 30_000,
  });
  for await (const line of child.iterable({ from: "all" })) onLine(String(line));
  return (await child).exitCode ?? 255;
}
