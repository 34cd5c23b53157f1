/** Set-up, in the root file system while it runs as a machine: the daemons themselves fetch what the image keeps. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Machine, startMachine } from "../lab/machine/index.ts";
import { keepPackages } from "../lab/machine/package-cache.ts";
import { setupScript } from "../runner/host/archive.ts";
import { hostFiles } from "../runner/host/files.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { shellWord } from "../runner/host/shell-text.ts";
import { BakeError } from "./error.ts";
import type { BakedContainerImage } from "./manifest.ts";

const script = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
const PULL_IMAGES = script("pull-images.sh");
const FORGET_CERTIFICATES = script("forget-certificates.sh");

/** Containers are stopped in order, each in its own time. */
const POWER_OFF = 180_000;

export interface SetUpOptions {
  readonly settings: HostSettings;
  /** Of the lab: nothing else may use it meanwhile. */
  readonly instance: number;
  /** The root file system before set-up. */
  readonly archive: string;
  /** Called when the machine's network is there, and its files, but it has not booted. */
  readonly prepare?: (rootDirectory: string) => Promise<void>;
  readonly progress: (step: string) => void;
}

/** A root file system that set-up ran in, at rest. */
export interface SetUpRoot {
  readonly directory: string;
  readonly containerImages: readonly BakedContainerImage[];
  /** Removes it. */
  readonly remove: () => Promise<void>;
}

/**
 * Runs set-up as every host does, and powers the machine off.
 *
 * @throws BakeError with what set-up said, when it fails.
 */
export async function runSetUp(options: SetUpOptions): Promise<SetUpRoot> {
  const { settings, progress } = options;
  const machine = await startMachine({
    instance: options.instance,
    archive: options.archive,
    progress,
    prepare: async (root) => {
      await keepAgentsQuiet(root);
      await options.prepare?.(root);
    },
  });
  try {
    const containerImages = await fill(machine, settings, progress);
    progress("power off");
    await machine.exec("systemctl --no-block poweroff");
    await machine.waitUntilOff(POWER_OFF);
    await keepPackages(machine.rootDirectory);
    return { directory: machine.rootDirectory, containerImages, remove: machine.stop };
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

async function fill(
  machine: Machine,
  settings: HostSettings,
  progress: (step: string) => void,
): Promise<BakedContainerImage[]> {
  const setup = setupScript(hostFiles(settings));
  progress("set-up");
  await inside(machine, "set-up", setup);
  const images = jobImages(settings);
  if (images.length > 0) progress("container images");
  const answer = images.length > 0 ? await inside(machine, "the container images", PULL_IMAGES, images) : "";
  await inside(machine, "the list of certificates", FORGET_CERTIFICATES);
  // The builder has the host's certificates mounted, and is made anew for the ones that stay.
  progress("set-up, again");
  await inside(machine, "set-up's second run", setup);
  return parseImages(answer);
}

/** The cloud's agents would wait for a metadata server; this drop-in is taken out with everything else. */
async function keepAgentsQuiet(root: string): Promise<void> {
  const directory = path.join(root, "etc/systemd/system/google-.service.d");
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, "bake.conf"), "[Unit]\nConditionVirtualization=!container\n");
}

/**
 * Set-up is told that this is an image and no machine of a fleet yet: what watches a cloud is switched on, and not
 * started. As a unit of the machine's own systemd: a worker's sshd accepts only its manager, and to logind a process that
 * merely entered the machine is another computer's.
 */
const AS_UNIT =
  "systemd-run --quiet --pipe --wait --collect --service-type=exec --setenv=HOME=/root --setenv=BUILDX_RUNNERS_BAKING=yes /bin/bash -s --";

async function inside(
  machine: Machine,
  what: string,
  script: string,
  argv: readonly string[] = [],
): Promise<string> {
  const words = argv.map(shellWord).join(" ");
  const { exitCode, stdout, stderr } = await machine.exec(`${AS_UNIT} ${words}`, {
    input: script,
  });
  if (exitCode === 0) return stdout;
  const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-20).join("\n");
  throw new BakeError(`The image could not be made: ${what} ended with ${exitCode}.\n${said}`);
}

/**
 * What the first jobs need: the image of jobs that name none and, where the manager's version is known, its helper.
 *
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#helper-image
 */
export function jobImages(settings: HostSettings): string[] {
  if (settings.executor === "shell" || settings.role === "manager") return [];
  const { gitlabRunner, jobImage } = settings;
  if (gitlabRunner === "none") return [jobImage];
  const helper = "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper";
  return [jobImage, `${helper}:x86_64-v${gitlabRunner.version.replace(/^v/, "")}`];
}

/** Reads the lines of pull-images.sh. */
export function parseImages(text: string): BakedContainerImage[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [level = "", reference = "", id = ""] = line.split("\t");
      return { level, reference, id };
    });
}
