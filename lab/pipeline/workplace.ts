/** The directory that a pipeline works in while it runs: its sources, a place for each job, and what stands for `docker`. */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import type { Variables } from "./context.ts";
import { type Account, stateDirectory } from "./gitlab-ci-local.ts";
import type { PipelineHost } from "./runners.ts";

/** Where one job is prepared. */
export interface JobPlace {
  readonly checkout: string;
  /** Placeholder, tab, secret: a line each. */
  readonly secretsFile: string;
  /** Holds what the job's container gets at its root: the files of its variables. */
  readonly files: string;
  /** Docker's configuration of the runner, with the logins by which it pulls the job's images. */
  readonly dockerConfig: string;
}

export interface Workplace extends AsyncDisposable {
  /** The whole repository. */
  readonly source: string;
  /** The commit, to read the plan from. */
  readonly plan: string;
  /** Comes first on PATH. */
  readonly programs: string;
  openJob(): Promise<JobPlace>;
  /** Hands a job's place to the account that the host's manager runs as: jobs start with its rights on the Docker socket. */
  handOver(place: JobPlace, account: Account): Promise<void>;
}

const prefix = "buildx-lab-pipeline-";

/** Makes one. It lies where every account may go: the lab's own directories may be root's alone. */
export async function openWorkplace(): Promise<Workplace> {
  await removeAbandoned();
  const directory = await mkdtemp(path.join(tmpdir(), `${prefix}${process.pid}-`));
  // Its parts are closed one by one.
  await chmod(directory, 0o711);
  const at = (name: string) => path.join(directory, name);
  await mkdir(at("bin"));
  await mkdir(at("cache"), { mode: 0o700 });
  await copyFile(path.join(import.meta.dirname, "docker.sh"), at("bin/docker"));
  await chmod(at("bin/docker"), 0o755);
  let jobs = 0;
  return {
    source: at("source.git"),
    plan: at("plan/checkout"),
    programs: at("bin"),
    openJob: async () => {
      jobs += 1;
      return makePlace(at(`job-${jobs}`), at("cache"));
    },
    handOver: async (place, { uid, gid }) => {
      const owner = `${uid}:${gid}`;
      const purpose = "hand a job's place to the runner manager";
      await run("chown", ["-R", owner, path.dirname(place.checkout), at("cache")], { purpose });
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function makePlace(directory: string, cache: string): Promise<JobPlace> {
  const checkout = path.join(directory, "checkout");
  await mkdir(directory, { mode: 0o700 });
  await mkdir(path.join(checkout, stateDirectory), { recursive: true });
  // Jobs of a pipeline share it, as those of one runner do.
  await symlink(cache, path.join(checkout, stateDirectory, "cache"));
  const dockerConfig = path.join(directory, "docker");
  await mkdir(dockerConfig, { mode: 0o700 });
  const at = (name: string) => path.join(directory, name);
  return { checkout, secretsFile: at("secrets"), files: at("files"), dockerConfig };
}

/**
 * The logins of DOCKER_AUTH_CONFIG, which a runner uses for the images of a job and its services.
 *
 * @see https://docs.gitlab.com/ci/docker/using_docker_images/#access-an-image-from-a-private-container-registry
 */
export async function writeRunnerLogins(place: JobPlace, json: string): Promise<void> {
  await writeFile(path.join(place.dockerConfig, "config.json"), json, { mode: 0o600 });
}

/** Puts down what docker.sh gives the job's container. */
export async function writeJobSecrets(
  place: JobPlace,
  secrets: ReadonlyMap<string, string>,
  files: { readonly directory: string; readonly contents: Variables },
): Promise<void> {
  const lines = [...secrets].map(([placeholder, secret]) => `${placeholder}\t${secret}\n`);
  await writeFile(place.secretsFile, lines.join(""), { mode: 0o600 });
  const target = path.join(place.files, files.directory);
  await mkdir(target, { recursive: true });
  for (const [name, content] of Object.entries(files.contents)) {
    await writeFile(path.join(target, name), content);
  }
}

/** @throws LabError when the host has not been set up. */
export async function managerOf(host: PipelineHost): Promise<Account> {
  const { stdout } = await host.exec("id -u gitlab-runner && id -g gitlab-runner");
  const [uid, gid] = stdout.trim().split("\n").map(Number);
  if (!Number.isInteger(uid) || uid === undefined || gid === undefined) {
    throw new LabError("The host has no account gitlab-runner: it has not been set up.");
  }
  return { uid, gid };
}

/** Those of processes that were killed. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length).split("-")[0] : undefined;
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(path.join(tmpdir(), name), { recursive: true, force: true });
  }
}
