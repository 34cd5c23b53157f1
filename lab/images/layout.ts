/** Turns a definition into an OCI image layout, with packaged tools alone: mmdebstrap, go, umoci. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { LabError } from "../errors.ts";
import { carriedOptions, findMirrors, type Mirrors } from "../machine/apt.ts";
import { cacheDirectory, logDirectory } from "../paths.ts";
import { run } from "../run.ts";
import type { GoPrograms, ImageConfig, ImageDefinition } from "./definitions.ts";

/** Where layouts and programs are kept, each under a hash of what it is made from. */
export const imageCache = path.join(cacheDirectory, "images");

/** The one tag in each layout. */
export const layoutTag = "image";

/** Everything that decides what a build yields, besides the mirror's state. */
interface Recipe {
  readonly definition: ImageDefinition;
  readonly mirrors: Mirrors;
  readonly aptOptions: readonly string[];
  readonly files: readonly string[];
}

const sha256 = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

const read = (files: readonly string[]): Promise<string[]> =>
  Promise.all(files.map((file) => readFile(file, "utf8")));

/** An image's name as a file's: `postgis/postgis:15-3.3` is `postgis-postgis-15-3.3`. */
export const fileName = (reference: string): string => reference.replaceAll(/[^A-Za-z0-9._-]+/g, "-");

async function recipeOf(definition: ImageDefinition): Promise<Recipe> {
  const { scripts, material = [], go } = definition;
  const moduleFiles = go === undefined ? [] : ["go.mod", "go.sum"].map((name) => path.join(go.module, name));
  return {
    definition,
    mirrors: await findMirrors(),
    aptOptions: await carriedOptions(),
    files: await read([...scripts, ...material, ...moduleFiles]),
  };
}

/** The hash reads contents, never where the checkout lies. */
function nameOf(recipe: Recipe): string {
  const { scripts, material = [], go, ...plain } = recipe.definition;
  const programs = go === undefined ? undefined : { stamps: go.stamps, install: go.install };
  const hash = sha256({
    ...recipe,
    definition: { ...plain, programs, scripts: scripts.length + material.length },
  });
  return `${fileName(recipe.definition.reference)}-${hash}`;
}

/**
 * Finds the image's layout in the cache, or builds it: half a minute from packages, some minutes more where Go
 * programs are compiled.
 *
 * @returns the layout's directory, and whether it was there before.
 * @throws LabError when Go is missing or a package cannot be installed.
 */
export async function ensureLayout(
  definition: ImageDefinition,
): Promise<{ readonly layout: string; readonly cached: boolean }> {
  const recipe = await recipeOf(definition);
  const layout = path.join(imageCache, nameOf(recipe));
  if (existsSync(layout)) return { layout, cached: true };
  await mkdir(imageCache, { recursive: true });
  await mkdir(logDirectory, { recursive: true });
  const programs = definition.go === undefined ? undefined : await ensurePrograms(definition.go);
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

/** Two processes may have built the same; either's result will do. */
async function keepFirst(unfinished: string, final: string): Promise<void> {
  await rename(unfinished, final).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

/** The command line that builds the root file system, as one tar archive. */
export function mmdebstrapArguments(
  { definition, mirrors, aptOptions }: Recipe,
  programs: string | undefined,
  archive: string,
): string[] {
  const { suite } = definition;
  const { main, security } = mirrors;
  const installs = Object.entries(definition.go?.install ?? {}).map(
    ([program, target]) => `install -D -m 0755 ${path.join(programs ?? "", program)} "$1${target}"`,
  );
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
    ...flags("exposedports", config.exposedPorts),
    ...flags("volume", config.volumes),
    ...flags("stopsignal", config.stopSignal === undefined ? [] : [config.stopSignal]),
    ...flags("label", pairs(labelsOf(definition))),
  ];
}

/**
 * Compiles a Go module's programs, or finds them in the cache.
 *
 * @returns the directory that holds them.
 */
export async function ensurePrograms(go: GoPrograms): Promise<string> {
  const files = await read(["go.mod", "go.sum"].map((name) => path.join(go.module, name)));
  const directory = path.join(imageCache, `go-${path.basename(go.module)}-${sha256([files, go.stamps])}`);
  if (existsSync(directory)) return directory;
  const version = await run("go", ["version"], { tolerate: true }).catch(() => undefined);
  if (version?.exitCode !== 0) {
    throw new LabError(
      "The lab compiles the Docker CLI, and BuildKit where Docker Hub does not answer, and finds no `go`. " +
        "Install Go 1.24 or later and put it on PATH.",
    );
  }
  const stamps = Object.entries(go.stamps).map(([name, value]) => `-X ${name}=${value}`);
  const unfinished = `${directory}.${process.pid}.new`;
  const options = ["-trimpath", "-ldflags", `-s -w ${stamps.join(" ")}`, "-o", `${unfinished}/`];
  await mkdir(imageCache, { recursive: true });
  await run("go", ["-C", go.module, "build", ...options, "tool"], {
    purpose: `compile ${Object.keys(go.install).join(" and ")}`,
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
  });
  await keepFirst(unfinished, directory);
  return directory;
}
