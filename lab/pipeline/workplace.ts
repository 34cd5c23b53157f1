/** The directory that a pipeline works in while it runs: its checkout, its variables, and what stands for `docker`. */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import type { Account } from "./gitlab-ci-local.ts";
import type { PipelineHost } from "./runners.ts";
import type { PreparedVariables } from "./variables.ts";

export interface Workplace extends AsyncDisposable {
  readonly checkout: string;
  /** Every variable, with placeholders for secrets. */
  readonly variablesFile: string;
  /** Placeholder, tab, secret: a line each. */
  readonly secretsFile: string;
  /** Comes first on PATH. */
  readonly programs: string;
  writeVariables(prepared: PreparedVariables): Promise<void>;
  /**
   * Hands it all to the account that the host's manager runs as: jobs start with its rights on the Docker socket, not
   * with root's.
   */
  ownByManager(host: PipelineHost): Promise<Account>;
}

const prefix = "buildx-lab-pipeline-";

/** Makes one. It lies where every account may go: the lab's own directories may be root's alone. */
export async function openWorkplace(): Promise<Workplace> {
  await removeAbandoned();
  const directory = await mkdtemp(path.join(tmpdir(), `${prefix}${process.pid}-`));
  const at = (name: string) => path.join(directory, name);
  await mkdir(at("bin"));
  await copyFile(path.join(import.meta.dirname, "docker.sh"), at("bin/docker"));
  await chmod(at("bin/docker"), 0o755);
  return {
    checkout: at("checkout"),
    variablesFile: at("variables.yml"),
    secretsFile: at("secrets"),
    programs: at("bin"),
    writeVariables: async ({ values, secrets }) => {
      await writeFile(at("variables.yml"), variablesText(values), { mode: 0o600 });
      await writeFile(at("secrets"), secretsText(secrets), { mode: 0o600 });
    },
    ownByManager: (host) => ownByManager(host, directory),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** In the form in which gitlab-ci-local takes no value for a file's path. */
function variablesText(values: Readonly<Record<string, string>>): string {
  const entries = Object.entries(values).map(([key, value]) => [
    key,
    { type: "variable", values: { "*": value } },
  ]);
  return stringify(Object.fromEntries(entries));
}

function secretsText(secrets: ReadonlyMap<string, string>): string {
  return [...secrets].map(([placeholder, secret]) => `${placeholder}\t${secret}\n`).join("");
}

async function ownByManager(host: PipelineHost, directory: string): Promise<Account> {
  const { stdout } = await host.exec("id -u gitlab-runner && id -g gitlab-runner");
  const [uid, gid] = stdout.trim().split("\n").map(Number);
  if (!Number.isInteger(uid) || uid === undefined || gid === undefined) {
    throw new LabError("The host has no account gitlab-runner: it has not been set up.");
  }
  await run("chown", ["-R", `${uid}:${gid}`, directory], {
    purpose: "hand the checkout to the runner manager",
  });
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
