/** Runs one job on the host's daemon. */
import { appendFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { helperImage } from "../images/index.ts";
import { directoryName, dotenvOf, keepArtifacts, unpackArtifacts } from "./artifacts.ts";
import { checkOutForJob, type Source } from "./checkout.ts";
import { endpointOf } from "./endpoint.ts";
import { type Account, gitlabCiLocal, stateDirectory } from "./gitlab-ci-local.ts";
import { jobFile, needsName } from "./job-file.ts";
import { environmentOf, jobVariables, repositoryUrl } from "./job-variables.ts";
import { isNoise } from "./lint.ts";
import type { PlannedJob } from "./plan.ts";
import { absentVariables } from "./predefined.ts";
import { foreignFiles } from "./read-plan.ts";
import type { PipelineRunner } from "./runners.ts";
import type { JobResult, ManualStart, PipelineOptions } from "./types.ts";
import { fileDirectory, masker, Secrets } from "./variables.ts";
import { type JobPlace, type Workplace, writeJobSecrets, writeRunnerLogins } from "./workplace.ts";

export interface JobRun {
  readonly job: PlannedJob;
  readonly runner: PipelineRunner;
  /** Set for a manual job. */
  readonly started: ManualStart | undefined;
  readonly options: PipelineOptions;
  readonly source: Source;
  /** Gets the log, artifacts and reports. */
  readonly directory: string;
  readonly workplace: Workplace;
  readonly account: Account;
  /** The Docker CLI on this computer. */
  readonly docker: string;
  /** Text that occurs in no value. */
  readonly mark: string;
  /** `NAME=VALUE`, on everything that the pipeline makes on the host. */
  readonly label: string;
}

/** A job that is ready to be run. */
interface Prepared {
  readonly place: JobPlace;
  readonly secrets: Secrets;
  readonly values: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
}

/** Runs the job as its runner is configured to, and waits until it ends. */
export async function runJob(request: JobRun): Promise<JobResult> {
  const { job, runner, directory, options } = request;
  const { signal } = options;
  const startedAt = performance.now();
  const credentials = options.startJob({
    ...{ name: job.name, stage: job.stage, sha: request.source.commit.sha },
    ...environmentClaim(job),
  });
  try {
    const prepared = await prepare(request, credentials);
    const logPath = path.join(directory, "logs", `${job.name.replaceAll(/[^\w.-]+/g, "-")}.log`);
    await mkdir(path.dirname(logPath), { recursive: true });
    await writeFile(logPath, `Running on ${runner.name} (${runner.tags.join(", ")})\n`, { mode: 0o600 });
    const exitCode = await execute(request, prepared, logPath);
    const { artifacts } = job.cell.job;
    if (artifacts) {
      const from = path.join(prepared.place.checkout, stateDirectory, "artifacts", directoryName(job.name));
      const succeeded = exitCode === 0;
      await keepArtifacts({
        ...{ job: job.name, artifacts, succeeded, variables: prepared.values, from, directory },
      });
    }
    const status = signal?.aborted === true ? "canceled" : exitCode === 0 ? "success" : "failed";
    const seconds = (performance.now() - startedAt) / 1000;
    return { name: job.name, stage: job.stage, status, seconds, exitCode, runner: runner.name, logPath };
  } finally {
    credentials.finish();
  }
}

function environmentClaim({ cell, variables }: PlannedJob): { environment?: string } {
  const environment = environmentOf(cell.job, variables);
  return environment === undefined ? {} : { environment };
}

async function prepare(
  request: JobRun,
  credentials: ReturnType<PipelineOptions["startJob"]>,
): Promise<Prepared> {
  const { job, runner, started, options, source, directory, workplace } = request;
  const { context, repository } = options;
  const place = await workplace.openJob();
  const secrets = new Secrets(request.mark);
  const { caPath } = repository;
  const { values, files } = await jobVariables({
    ...{ context, commit: source.commit, job, runner, credentials, secrets },
    variables: options.variables,
    runVariables: [...(options.runVariables ?? []), ...(started?.variables ?? [])],
    dotenv: await dotenvOf(directory, job.artifactsOf),
    ca: caPath === undefined ? undefined : await readFile(caPath, "utf8"),
  });
  const url = repositoryUrl(context, runner.urlsWithoutTokens ? undefined : credentials.token);
  const { checkout } = place;
  await checkOutForJob(source, context, {
    ...{ checkout, variables: values, url, caFile: values.CI_SERVER_TLS_CA_FILE },
  });
  for (const name of foreignFiles.slice(0, 2)) await rm(path.join(checkout, name), { force: true });
  const unpacked = path.join(checkout, stateDirectory, "artifacts", needsName);
  const hasNeeds = await unpackArtifacts(directory, job.artifactsOf, unpacked);
  const file = path.join(stateDirectory, "job.yml");
  const text = jobFile(job, values, runner.image, hasNeeds);
  await writeFile(path.join(checkout, file), text, { mode: 0o600 });
  await writeJobSecrets(place, secrets.values, {
    ...{ directory: fileDirectory(context.project.path), contents: files },
  });
  const logins = values.DOCKER_AUTH_CONFIG;
  if (logins !== undefined) await writeRunnerLogins(place, secrets.values.get(logins) ?? logins);
  await workplace.handOver(place, request.account);
  const absent = absentVariables(values, environmentClaim(job).environment);
  return { place, secrets, values, arguments: argumentsOf(request, file, Object.keys(values), absent) };
}

function argumentsOf(
  { job, runner }: JobRun,
  file: string,
  set: readonly string[],
  absent: readonly string[],
): string[] {
  return [
    ...[job.name, "--file", file],
    "--no-needs",
    // The file that it comes from was held against GitLab's schema.
    "--no-json-schema-validation",
    // Artifacts reach later jobs as artifacts, never as sources.
    "--no-artifacts-to-source",
    // It would warn about each predefined variable that it is given.
    ...["--ignore-predefined-vars", set.join(",")],
    ...absent.flatMap((name) => ["--unset-variable", name]),
    // A job without an image must not run on this computer.
    "--no-shell-executor-no-image",
    ...["--default-image", runner.image],
    ...["--helper-image", helperImage, "--wait-image", helperImage, "--wait-for-services-timeout", "60"],
    // The runner would ask the registry each time; here it is a mirror that changes between runs only.
    ...["--pull-policy", "if-not-present"],
    ...runner.volumes.flatMap((volume) => ["--volume", volume]),
  ];
}

/** @returns the exit code of the job's script. */
async function execute(request: JobRun, prepared: Prepared, logPath: string): Promise<number> {
  const { job, options, account, runner } = request;
  const { signal, onLine } = options;
  const mask = masker(prepared.secrets.values.values());
  let begun = false;
  let ended: number | undefined;
  await using endpoint = await endpointOf(options.host, runner.socket);
  const { exitCode } = await gitlabCiLocal({
    checkout: prepared.place.checkout,
    account,
    arguments: prepared.arguments,
    env: environmentFor(request, prepared.place, endpoint.url),
    ...(signal === undefined ? {} : { signal }),
    onLine: (line) => {
      begun ||= line.startsWith(`${job.name} `);
      if (!begun && (line === "" || isNoise(line))) return;
      const masked = mask(line);
      // Its own exit code is 1 whatever the script's was; what the job itself says comes after a ">".
      const said = line.startsWith(job.name) ? line.slice(job.name.length) : "";
      ended ??= Number(/^\s+finished in [^>]* FAIL (\d+)\s*$/.exec(said)?.[1] ?? Number.NaN) || undefined;
      appendFileSync(logPath, `${masked}\n`);
      onLine?.(job.name, masked);
    },
  });
  return exitCode === 0 ? 0 : (ended ?? exitCode);
}

/** gitlab-ci-local finds docker.sh as `docker`, which finds the rest in here. */
function environmentFor(request: JobRun, place: JobPlace, url: string): Record<string, string> {
  const { runner, workplace, docker, label } = request;
  const options = [
    ...runner.securityOptions.map((option) => `--security-opt=${option}`),
    ...Object.entries(runner.environment).map(([name, value]) => `--env=${name}=${value}`),
  ];
  return {
    PATH: `${workplace.programs}:${process.env.PATH ?? "/usr/bin:/bin"}`,
    DOCKER_HOST: url,
    DOCKER_CONFIG: place.dockerConfig,
    LAB_DOCKER: docker,
    LAB_LABEL: label,
    LAB_SECRETS: place.secretsFile,
    LAB_FILES: place.files,
    LAB_CREATE_OPTIONS: options.map((option) => `${option}\n`).join(""),
  };
}
