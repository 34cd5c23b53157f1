/** The lab's container images: pulled where their registry answers, else built from packages. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { locateImage } from "../../pipeline/tools.ts";
import { digestOf } from "../registry-client.ts";
import { run } from "../run.ts";
import { dockerPrograms, imageDefinitions } from "./definitions.ts";
import { ensureLayout, fileName, layoutTag } from "./layout.ts";
import { ensurePrograms, imageCache } from "./programs.ts";
import type { ImageDefinition } from "./types.ts";

export { helperImage } from "./definitions.ts";

export interface PrepareOptions {
  /** Only these, by reference, whatever they are needed for. Unless set, those that the main job needs. */
  readonly references?: readonly string[];
  /** The images of gates, signatures and backups as well, which take ten minutes the first time. Default false. */
  readonly tools?: boolean;
  /** Told of each image as it is ready. */
  readonly progress?: (text: string) => void;
}

/** An image on this computer, ready to be pushed. */
export interface PreparedImage {
  /** As a pipeline or Dockerfile names it: `postgis/postgis:15-3.3`. */
  readonly reference: string;
  /** Directory of its OCI layout. */
  readonly layout: string;
  readonly source: "pulled" | "built";
  /** It was ready before. */
  readonly cached: boolean;
  readonly seconds: number;
}

/** A registry that images are pushed to. */
export interface RegistryTarget {
  /** `10.77.0.1:5001` */
  readonly address: string;
  /** PEM file of the authority that signed the registry's certificate. */
  readonly caPath: string;
}

/**
 * Makes every image ready on this computer. Needs root, and the packages mmdebstrap, skopeo and umoci; Go where
 * images are built. Takes some minutes the first time, a second later.
 *
 * @throws LabError naming the image that could be neither pulled nor built.
 */
export async function prepareImages(options: PrepareOptions = {}): Promise<PreparedImage[]> {
  const wanted = selectImages(options);
  const pulls = await registriesThatAnswer(wanted);
  const prepared: PreparedImage[] = [];
  // Two at once: compiling fills every core by itself, and downloading packages fills none.
  const queue = [...wanted];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const image = await prepare(next, pulls);
      prepared.push(image);
      const verb = image.cached ? "in the cache" : `${image.source} in ${image.seconds.toFixed(1)} s`;
      options.progress?.(`${image.reference}: ${verb}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return prepared.sort((a, b) => a.reference.localeCompare(b.reference));
}

/** The definitions that the options ask for. Pure. */
export function selectImages({ references, tools }: PrepareOptions): ImageDefinition[] {
  if (references !== undefined)
    return imageDefinitions.filter(({ reference }) => references.includes(reference));
  return imageDefinitions.filter(({ needed }) => needed === "main" || tools === true);
}

/** {@link prepareImages}, and then {@link pushImages}. */
export async function ensureImages(
  options: PrepareOptions & { readonly registry: RegistryTarget },
): Promise<PreparedImage[]> {
  const images = await prepareImages(options);
  await pushImages(images, options.registry);
  return images;
}

/**
 * Puts images into a registry under the names that their own registry has for them, without its host; what is there
 * already is not sent again.
 *
 * @throws LabError when the registry does not take one.
 */
export async function pushImages(images: readonly PreparedImage[], registry: RegistryTarget): Promise<void> {
  const certificates = path.join(imageCache, "certs", fileName(registry.address));
  await mkdir(certificates, { recursive: true });
  // skopeo takes every *.crt file of a directory for an authority.
  await run("cp", [registry.caPath, path.join(certificates, "ca.crt")]);
  const access = { url: `https://${registry.address}`, caPem: await readFile(registry.caPath, "utf8") };
  for (const image of images) {
    const repository = repositoryOf(image.reference);
    const [name = "", tag = "latest"] = repository.split(":");
    if ((await digestOf(access, name, tag)) !== (await digestIn(image.layout)))
      await push(image, `${registry.address}/${repository}`, certificates);
  }
}

async function push({ reference, layout }: PreparedImage, to: string, certificates: string): Promise<void> {
  const source = `oci:${layout}:${layoutTag}`;
  await run("skopeo", ["copy", "--quiet", "--dest-cert-dir", certificates, source, `docker://${to}`], {
    purpose: `push ${reference} to the lab's mirror`,
  });
}

/** Of the one manifest in a layout. */
async function digestIn(layout: string): Promise<string> {
  const index = JSON.parse(await readFile(path.join(layout, "index.json"), "utf8"));
  return (index as { manifests: { digest: string }[] }).manifests[0]?.digest ?? "";
}

/**
 * The Docker CLI for this computer, which has none of its own as a rule: the one that the job image gets.
 *
 * @returns the program's path.
 */
export async function dockerCli(): Promise<string> {
  return path.join(await ensurePrograms(dockerPrograms), "docker");
}

/** Under what a mirror has an image: no host, and Docker Hub's official images in the namespace it keeps them in. */
export function repositoryOf(reference: string): string {
  return locateImage(reference).repository;
}

async function prepare(definition: ImageDefinition, pulls: ReadonlySet<string>): Promise<PreparedImage> {
  const started = performance.now();
  const { reference } = definition;
  const done = (layout: string, source: PreparedImage["source"], cached: boolean): PreparedImage => ({
    reference,
    layout,
    source,
    cached,
    seconds: (performance.now() - started) / 1000,
  });
  if (definition.origin !== "lab" && pulls.has(locateImage(reference).registry)) {
    const layout = path.join(imageCache, `${fileName(reference)}-pulled`);
    if (existsSync(layout)) return done(layout, "pulled", true);
    if (await pull(reference, layout)) return done(layout, "pulled", false);
  }
  const { layout, cached } = await ensureLayout(definition);
  return done(layout, "built", cached);
}

/** Registries limit anonymous pulls: a refusal is no fault, the image is built instead. */
async function pull(reference: string, layout: string): Promise<boolean> {
  const unfinished = `${layout}.${process.pid}.new`;
  await mkdir(imageCache, { recursive: true });
  try {
    const { registry, repository } = locateImage(reference);
    const source = `docker://${registry}/${repository}`;
    const copied = await run("skopeo", ["copy", "--quiet", source, `oci:${unfinished}:${layoutTag}`], {
      tolerate: true,
      timeout: 300_000,
    });
    if (copied.exitCode !== 0) return false;
    await rename(unfinished, layout);
    return true;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function registriesThatAnswer(images: readonly ImageDefinition[]): Promise<Set<string>> {
  const registries = new Set(images.map(({ reference }) => locateImage(reference).registry));
  const answers = await Promise.all(
    [...registries].map(async (one) => ((await answersIn3Seconds(one)) ? [one] : [])),
  );
  return new Set(answers.flat());
}

/** Behind most firewalls a name that does not resolve says no at once. */
async function answersIn3Seconds(registry: string): Promise<boolean> {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const answer = await fetch(`https://${host}/v2/`, { signal: AbortSignal.timeout(3_000) }).catch(
    () => undefined,
  );
  // It asks for a token, politely.
  return answer?.status === 401 || answer?.ok === true;
}
