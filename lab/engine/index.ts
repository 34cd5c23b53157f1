/** Stacks of the lab: what is particular to one goes on top of a stack's file, in a project directory of its own. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { parse, parseDocument, stringify } from "yaml";
import type { StackEngine } from "../../stack/engine.ts";
import { openStack } from "../../stack/pulumi.ts";
import { cacheDirectory, repositoryDirectory } from "../paths.ts";
import { run } from "../run.ts";
import type { Pulumi } from "./pulumi.ts";
import { type ConfigEntry, sealStackFile } from "./seal.ts";

export { ensurePulumi, type Pulumi } from "./pulumi.ts";
export { type ConfigEntry, sealStackFile } from "./seal.ts";

/** The lab's own providers, under the names by which Pulumi looks for them. */
export const pluginDirectory = join(repositoryDirectory, "lab/providers/bin");

export interface LabStackOptions {
  readonly pulumi: Pulumi;
  readonly stack: string;
  /** Set on top of {@link configFile}. */
  readonly config?: readonly ConfigEntry[];
  /** The stack's configuration. It is read, never written. Default: `Pulumi.lab.yaml`. */
  readonly configFile?: string;
  /** Directory of Pulumi.yaml. Default: this repository. */
  readonly projectDirectory?: string;
  /** State, passphrase and the effective configuration are kept here. */
  readonly stateDirectory: string;
  readonly onOutput?: (line: string) => void;
  /** Ends the run under way: what a provider is doing is interrupted, and the state says how far it came. */
  readonly signal?: AbortSignal;
}

/** Environment for `pulumi` and the programs that run it: the lab's `pulumi` and, behind all others, its providers. */
export function pulumiEnvironment({ directory }: Pulumi): Record<string, string> {
  return {
    PATH: [directory, process.env.PATH ?? "", pluginDirectory].join(delimiter),
    PULUMI_HOME: join(cacheDirectory, "pulumi-home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Compiled once, the SDK loads in half the time, in the program and in every provider.
    NODE_COMPILE_CACHE: join(cacheDirectory, "compile"),
  };
}

/** Makes the stack where there is none yet, and opens it. */
export async function openLabStack(options: LabStackOptions): Promise<StackEngine> {
  const { pulumi, stack, onOutput, signal } = options;
  const stateDirectory = resolve(options.stateDirectory);
  const directory = join(stateDirectory, "project");
  const backend = join(stateDirectory, "backend");
  for (const made of [directory, backend]) mkdirSync(made, { recursive: true, mode: 0o700 });
  const passphrase = passphraseIn(stateDirectory);
  const project = writeProject(directory, resolve(options.projectDirectory ?? repositoryDirectory));
  writeStackFile(join(directory, `Pulumi.${stack}.yaml`), options, passphrase);
  const all = {
    ...pulumiEnvironment(pulumi),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
  };
  if (!existsSync(join(backend, ".pulumi/stacks", project, `${stack}.json`)))
    await initStack(directory, stack, all);
  return openStack({
    ...{ stack, directory, environment: all },
    ...(pulumi.root === undefined ? {} : { root: pulumi.root }),
    ...(onOutput === undefined ? {} : { onOutput }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What a person does once for each stack. */
export async function initStack(
  directory: string,
  stack: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await run("pulumi", ["stack", "init", stack, "--no-select", "--non-interactive"], {
    purpose: `make the stack ${stack}`,
    cwd: directory,
    env,
  });
}

/** Drawn at random the first time: whatever passphrase the user's own stacks have is not the lab's. */
function passphraseIn(stateDirectory: string): string {
  const path = join(stateDirectory, "passphrase");
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return readFileSync(path, "utf8");
}

/** A project that points at the program: Pulumi writes beside Pulumi.yaml, and the repository is not its to write to. */
function writeProject(directory: string, projectDirectory: string): string {
  const project: { name: string; main?: string } = parse(
    readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8"),
  );
  const main = resolve(projectDirectory, project.main ?? ".");
  writeFileSync(join(directory, "Pulumi.yaml"), stringify({ ...project, main }));
  const packages = join(directory, "node_modules");
  rmSync(packages, { force: true });
  symlinkSync(join(repositoryDirectory, "node_modules"), packages);
  return project.name;
}

/** With one salt for all that the stack is ever configured with, so that its state can always be read. */
function writeStackFile(
  path: string,
  { configFile = join(repositoryDirectory, "Pulumi.lab.yaml"), config = [] }: LabStackOptions,
  passphrase: string,
): void {
  const present = existsSync(path)
    ? parseDocument(readFileSync(path, "utf8")).get("encryptionsalt")
    : undefined;
  const salt = typeof present === "string" ? present : undefined;
  const text = sealStackFile(readFileSync(configFile, "utf8"), config, passphrase, salt);
  writeFileSync(path, text, { mode: 0o600 });
}
