/** Runs one job on the host's daemon. */
import { appendFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { helperImage } from "../images/index.ts";
import { endpointOf } from "./endpoint.ts";
import { type Account, gitlabCiLocal } from "./gitlab-ci-local.ts";
import type { PlannedJob } from "./plan.ts";
import { commonArguments } from "./read-plan.ts";
import type { PipelineHost, PipelineRunner } from "./runners.ts";
import type { JobResult } from "./types.ts";
import type { PipelineContext, Variables } from "./variables.ts";
import type { Workplace } from "./workplace.ts";

export interface JobRun {
  readonly job: PlannedJob;
  readonly runner: PipelineRunner;
  readonly context: PipelineContext;
  readonly values: Variables;
  readonly host: PipelineHost;
  /** Gets the log. */
  readonly directory: string;
  readonly workplace: Workplace;
  readonly account: Account;
  /** The Docker CLI on this computer. */
  readonly docker: string;
  readonly mask: (text: string) => string;
  /** `NAME=VALUE`, on everything that the pipeline makes on the host. */
  readonly label: string;
  readonly signal?: AbortSignal;
  readonly onLine?: (job: string, line: string) => void;
}

/** Runs the job as its runner is configured to, and waits until it ends. */
export async function runJob(request: JobRun): Promise<JobResult> {
  const { job, runner, directory, mask, onLine, signal } = request;
  const started = performance.now();
  const logPath = path.join(directory, "logs", `${job.name.replaceAll(/[^\w.-]+/g, "-")}.log`);
  await mkdir(path.dirname(logPath), { recursive: true });
  await writeFile(logPath, `Running on ${runner.name} (${runner.tags.join(", ")})\n`, { mode: 0o600 });
  let failedButAllowed = false;
  await using endpoint = await endpointOf(request.host, runner.socket);
  const { exitCode } = await gitlabCiLocal({
    checkout: request.workplace.checkout,
    account: request.account,
    arguments: argumentsOf(request),
    env: environmentOf(request, endpoint.url),
    ...(signal === undefined ? {} : { signal }),
    onLine: (line) => {
      const masked = mask(line);
      // Its exit code says nothing of a job that may fail; lines of the job itself begin with the job's name.
      failedButAllowed ||= /^ WARN .* pre_script$/.test(line);
      appendFileSync(logPath, `${masked}\n`);
      onLine?.(job.name, masked);
    },
  });
  const succeeded = exitCode === 0 && !failedButAllowed;
  const status = signal?.aborted === true ? "canceled" : succeeded ? "success" : "failed";
  const seconds = (performance.now() - started) / 1000;
  return { name: job.name, stage: job.stage, status, seconds, runner: runner.name, logPath };
}

function argumentsOf({ job, runner, context, values, workplace }: JobRun): string[] {
  return [
    job.name,
    "--no-needs",
    // Artifacts reach later jobs as artifacts, never as sources.
    "--no-artifacts-to-source",
    ...commonArguments(workplace.variablesFile, values, context),
    ...["--default-image", runner.image],
    ...["--helper-image", helperImage, "--wait-image", helperImage, "--wait-for-services-timeout", "60"],
    // The runner would ask the registry each time; here it is a mirror that changes between runs only.
    ...["--pull-policy", "if-not-present"],
    ...runner.volumes.flatMap((volume) => ["--volume", volume]),
  ];
}

/** gitlab-ci-local finds docker.sh as `docker`, which finds the rest in here. */
function environmentOf(request: JobRun, url: string): Record<string, string> {
  const { runner, workplace, docker, label } = request;
  const options = [
    ...runner.securityOptions.map((option) => `--security-opt=${option}`),
    ...Object.entries(runner.environment).map(([name, value]) => `--env=${name}=${value}`),
  ];
  return {
    PATH: `${workplace.programs}:${process.env.PATH ?? "/usr/bin:/bin"}`,
    DOCKER_HOST: url,
    LAB_DOCKER: docker,
    LAB_LABEL: label,
    LAB_SECRETS: workplace.secretsFile,
    LAB_CREATE_OPTIONS: options.map((option) => `${option}\n`).join(""),
  };
}
