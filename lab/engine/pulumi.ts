/** The real `pulumi` for the lab: the one on PATH, else the SDK's installer's, else one built from its Go module. */
import { accessSync, constants, existsSync } from "node:fs";
import { copyFile, link, mkdir, rm } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { ensurePrograms, imageCache, isMade, keepFirst, read, sha256 } from "../images/programs.ts";
import type { GoPrograms } from "../images/types.ts";
import { cacheDirectory } from "../paths.ts";

/** Where the SDK's installer loads the command from. */
const installerHost = "get.pulumi.com";
const version = "3.274.1";

export interface Pulumi {
  readonly origin: "path" | "installed" | "built";
  /** The directory whose `bin` has it; undefined for the one on PATH. */
  readonly root: string | undefined;
  /** What a program's PATH needs for `pulumi`. */
  readonly directory: string;
}

const pulumiModule: GoPrograms = {
  kind: "go",
  directory: join(import.meta.dirname, "pulumi"),
  stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version },
  install: { pulumi: "/usr/local/bin/pulumi" },
};

const hostFiles = ["pulumi-language-nodejs", "language-host.mts"].map((name) =>
  join(import.meta.dirname, name),
);

/**
 * Finds a `pulumi`, or makes one. What is there already goes first, so that nothing is asked of the network again.
 *
 * @param say is told what is being done; to build takes minutes.
 * @throws LabError when it can neither be installed nor built.
 */
export async function ensurePulumi(say: (text: string) => void = () => {}): Promise<Pulumi> {
  const onPath = executableOnPath();
  if (onPath !== undefined && (await works())) return { origin: "path", root: undefined, directory: onPath };
  const root = join(cacheDirectory, "pulumi");
  const installed: Pulumi = { origin: "installed", root, directory: join(root, "bin") };
  if (await works(root)) return installed;
  if (!(await isMade(pulumiModule)) && (await answers(installerHost))) {
    say("install pulumi");
    if (await succeeds(() => PulumiCommand.install({ root }))) return installed;
  }
  return built(say);
}

const succeeds = (act: () => Promise<unknown>): Promise<boolean> =>
  act().then(
    () => true,
    () => false,
  );

const works = (root?: string): Promise<boolean> =>
  succeeds(() => PulumiCommand.get(root === undefined ? {} : { root }));

function executableOnPath(): string | undefined {
  return (process.env.PATH ?? "").split(delimiter).find((directory) => {
    try {
      accessSync(join(directory, "pulumi"), constants.X_OK);
      return directory !== "";
    } catch {
      return false;
    }
  });
}

/** Two seconds at the most for a place that cannot be reached. */
const answers = (host: string): Promise<boolean> =>
  succeeds(() => fetch(`https://${host}/`, { method: "HEAD", signal: AbortSignal.timeout(2_000) }));

/** The program with its language host beside it: Pulumi warns of one that it finds elsewhere on PATH. */
async function built(say: (text: string) => void): Promise<Pulumi> {
  const programs = await ensurePrograms(pulumiModule, say);
  const root = join(imageCache, `pulumi-${sha256([basename(programs), await read(hostFiles)])}`);
  const made: Pulumi = { origin: "built", root, directory: join(root, "bin") };
  if (existsSync(root)) return made;
  const unfinished = `${root}.${process.pid}.new`;
  const into = (name: string) => join(unfinished, "bin", name);
  try {
    await mkdir(join(unfinished, "bin"), { recursive: true });
    await link(join(programs, "pulumi"), into("pulumi"));
    for (const file of hostFiles) await copyFile(file, into(basename(file)));
    await keepFirst(unfinished, root);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return made;
}
