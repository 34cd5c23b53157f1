/** Turns a definition into an OCI image layout, with packaged tools alone: mmdebstrap and umoci. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { carriedOptions, findMirrors, type Mirrors } from "../machine/apt.ts";
import { logDirectory } from "../paths.ts";
import { run } from "../run.ts";
import { ensurePrograms, imageCache, keepFirst, pinFiles, read, sha256 } from "./programs.ts";
import type { ImageConfig, ImageDefinition, Programs } from "./types.ts";

/** The one tag in each layout. */
export const layoutTag = "image";

/** Everything that decides what a build yields, besides the mirror's state. */
interface Recipe {
  readonly definition: ImageDefinition;
  readonly mirrors: Mirrors;
  readonly aptOptions: readonly string[];
  readonly files: readonly string[];
}

/** An image's name as a file's: `postgis/postgis:15-3.3` is `postgis-postgis-15-3.3`. */
export const fileName = (reference: string): string => reference.replaceAll(/[^A-Za-z0-9._-]+/g, "-");

/** Asked once for all images: it starts programs. */
let sources: Promise<Pick<Recipe, "mirrors" | "aptOptions">> | undefined;

async function readSources(): Promise<Pick<Recipe, "mirrors" | "aptOptions">> {
  return { mirrors: await findMirrors(), aptOptions: await carriedOptions() };
}

async function recipeOf(definition: ImageDefinition): Promise<Recipe> {
  const { scripts, material = [], programs } = definition;
  const pins = programs === undefined ? [] : pinFiles(programs);
  sources ??= readSources();
  return {
    definition,
    ...(await sources),
    files: await read([...scripts, ...material, ...pins]),
  };
}

/** The hash reads contents, never where the checkout lies. */
function nameOf(recipe: Recipe): string {
  const { scripts, material = [], programs, needed, ...plain } = recipe.definition;
  const stamps = programs?.kind === "go" ? programs.stamps : undefined;
  const made = programs === undefined ? undefined : { stamps, install: programs.install };
  const hash = sha256({
    ...recipe,
    definition: { ...plain, programs: made, scripts: scripts.length + material.length },
  });
  return `${fileName(recipe.definition.reference)}-${hash}`;
}

/**
 * Finds the image's layout in the cache, or builds it: half a minute from packages, some minutes more where Go
 * programs are compiled.
 *
 * @returns the layout's directory, and whether it was there before.
 * @throws LabError when a tool is missing or a package cannot be installed.
 */
export async function ensureLayout(
  definition: ImageDefinition,
): Promise<{ readonly layout: string; readonly cached: boolean }> {
  const recipe = await recipeOf(definition);
  const layout = path.join(imageCache, nameOf(recipe));
  if (existsSync(layout)) return { layout, cached: true };
  await mkdir(imageCache, { recursive: true });
  await mkdir(logDirectory, { recursive: true });
  const programs = definition.programs === undefined ? undefined : await ensurePrograms(definition.programs);
  const work = await mkdtemp(path.join(tmpdir(), "buildx-lab-image-"));
  try {
    const archive = path.join(work, "layer.tar");
    await run("mmdebstrap", mmdebstrapArguments(recipe, programs, archive), {
      purpose: `build the image ${definition.reference}`,
    });
    await packLayout(definition, archive, path.join(work, "layout"));
    const unfinished = `${layout}.${process.pid}.new`;
    await run("cp", ["-a", path.join(work, "layout"), unfinished]);
    await keepFirst(unfinished, layout);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { layout, cached: false };
}

/** The command line that builds the root file system, as one tar archive. */
export function mmdebstrapArguments(
  { definition, mirrors, aptOptions }: Recipe,
  programs: string | undefined,
  archive: string,
): string[] {
  const { suite } = definition;
  const { main, security } = mirrors;
  const installs = definition.programs === undefined ? [] : installHooks(definition.programs, programs ?? "");
  return [
    `--variant=${definition.variant}`,
    "--format=tar",
    // A rootless daemon cannot make device nodes, and every container gets its own /dev.
    "--skip=output/dev",
    `--include=${definition.packages.join(",")}`,
    ...aptOptions.map((line) => `--aptopt=${line}`),
    ...["man", "info", "doc", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    ...[...installs, ...definition.scripts].map((hook) => `--customize-hook=${hook}`),
    `--logfile=${path.join(logDirectory, `image-${fileName(definition.reference)}.log`)}`,
    suite,
    archive,
    `deb ${main} ${suite} main`,
    `deb ${main} ${suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${security} ${suite}-security main`]),
  ];
}

function installHooks({ kind, install }: Programs, from: string): string[] {
  return Object.entries(install).map(([name, target]) => {
    const source = path.join(from, name);
    if (kind !== "npm") return `install -D -m 0755 ${source} "$1${target}"`;
    return `mkdir -p "$1${path.dirname(target)}" && cp -r --preserve=mode,links ${source} "$1${target}"`;
  });
}

async function packLayout(definition: ImageDefinition, archive: string, layout: string): Promise<void> {
  const image = `${layout}:${layoutTag}`;
  await run("umoci", ["init", "--layout", layout]);
  await run("umoci", ["new", "--image", image]);
  await run("umoci", ["raw", "add-layer", "--image", image, archive]);
  await run("umoci", ["config", "--image", image, ...configArguments(definition)]);
  // `new` and `add-layer` left a manifest each behind.
  await run("umoci", ["gc", "--layout", layout]);
}

/** What the image says of itself. */
export function labelsOf(definition: ImageDefinition): Record<string, string> {
  const { title, reference, builtFrom, version, origin } = definition;
  const lab = origin === "lab";
  return {
    "org.opencontainers.image.title": lab ? title : `stand-in for ${reference}`,
    "org.opencontainers.image.description": `${title}, built from ${builtFrom} for the buildx-runners lab`,
    "org.opencontainers.image.version": version,
    "dev.buildx-runners.lab.built-from": builtFrom,
  };
}

/** The command line of `umoci config` that gives an image its configuration. */
export function configArguments(definition: ImageDefinition): string[] {
  const config: ImageConfig = definition.config;
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const pairs = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const flags = (name: string, values: readonly string[] = []) =>
    values.map((value) => `--config.${name}=${value}`);
  return [
    ...flags("entrypoint", config.entrypoint),
    ...flags("cmd", config.cmd),
    ...flags("env", pairs({ PATH: path, ...config.env })),
    ...flags("user", config.user === undefined ? [] : [config.user]),
    ...flags("workingdir", config.workingDir === undefined ? [] : [config.workingDir]),
    ...flags("exposedports", config.exposedPorts),
    ...flags("volume", config.volumes),
    ...flags("stopsignal", config.stopSignal === undefined ? [] : [config.stopSignal]),
    ...flags("label", pairs(labelsOf(definition))),
  ];
}
