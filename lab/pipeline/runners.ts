/** The runners of a host as its own configuration describes them, so that a pipeline runs here as it would there. */
import path from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { LabError } from "../errors.ts";
import type { Result } from "../run.ts";

/** One `[[runners]]` entry of a manager's config.toml. */
export interface ConfiguredRunner {
  /** GitLab's record of it has this as its description. */
  readonly name: string;
  /** Path on the host of the Docker socket that the manager uses. */
  readonly socket: string;
  /** Image of jobs that name none. */
  readonly image: string;
  /** `SOURCE:TARGET[:ro]`, given to every job. */
  readonly volumes: readonly string[];
  /** `docker run --security-opt` of every job. */
  readonly securityOptions: readonly string[];
  /** Variables of every job. */
  readonly environment: Readonly<Record<string, string>>;
  /** Feature flag FF_GIT_URLS_WITHOUT_TOKENS: Git asks a credential helper for the job's token. */
  readonly urlsWithoutTokens: boolean;
}

/** What GitLab knows of a runner, in the words of its API. */
export interface RunnerRecord {
  readonly description: string;
  readonly tag_list: readonly string[];
  readonly access_level: "not_protected" | "ref_protected";
}

export interface PipelineRunner extends ConfiguredRunner {
  readonly tags: readonly string[];
  /** Takes jobs of protected refs only. */
  readonly refProtected: boolean;
}

/** What {@link runnersOf} and a pipeline need of a machine. */
export interface PipelineHost {
  readonly rootDirectory: string;
  exec(command: string): Promise<Result>;
}

const configFile = z.object({
  runners: z
    .array(
      z.object({
        name: z.string(),
        environment: z.array(z.string()).default([]),
        feature_flags: z.looseObject({ FF_GIT_URLS_WITHOUT_TOKENS: z.boolean().default(false) }).prefault({}),
        docker: z.object({
          host: z.string().regex(/^unix:\/\/\//),
          image: z.string(),
          privileged: z.literal(false),
          security_opt: z.array(z.string()).default([]),
          volumes: z.array(z.string()).default([]),
        }),
      }),
    )
    .default([]),
});

/**
 * Reads a config.toml. Tokens in it are not looked at.
 *
 * @throws LabError for anything that a job must not get: a privileged runner above all.
 */
export function parseRunnerConfig(toml: string, file: string): ConfiguredRunner[] {
  const result = configFile.safeParse(parse(toml));
  if (!result.success) {
    throw new LabError(`${file} is not what the lab can run jobs by:\n${z.prettifyError(result.error)}`);
  }
  return result.data.runners.map(({ name, environment, docker, feature_flags: flags }) => ({
    name,
    socket: docker.host.slice("unix://".length),
    image: docker.image,
    volumes: docker.volumes,
    securityOptions: docker.security_opt,
    environment: Object.fromEntries(environment.map(splitAssignment)),
    urlsWithoutTokens: flags.FF_GIT_URLS_WITHOUT_TOKENS,
  }));
}

function splitAssignment(line: string): [string, string] {
  const end = line.indexOf("=");
  return [line.slice(0, end), line.slice(end + 1)];
}

/**
 * The host's runners: what its managers are configured to do, joined with GitLab's records by name.
 *
 * @throws LabError when a configured runner has no record, or the host has no runner at all.
 */
export async function runnersOf(
  host: PipelineHost,
  records: readonly RunnerRecord[],
): Promise<PipelineRunner[]> {
  const { stdout } = await host.exec("ls -1 /etc/gitlab-runner/*/config.toml");
  const files = stdout.split("\n").filter((line) => line !== "");
  if (files.length === 0) throw new LabError("The host has no runner: it has not been registered.");
  const configured = await Promise.all(
    files.map(async (file) =>
      parseRunnerConfig((await host.exec(`cat '${file}'`)).stdout, path.posix.normalize(file)),
    ),
  );
  return configured.flat().map((runner) => {
    const record = records.find(({ description }) => description === runner.name);
    if (record === undefined) throw new LabError(`GitLab has no record of the host's runner ${runner.name}.`);
    return { ...runner, tags: record.tag_list, refProtected: record.access_level === "ref_protected" };
  });
}
