/** The content of an image, in a form that allows a comparison of two bakes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { run } from "../lab/run.ts";
import { setupScript } from "../runner/host/archive.ts";
import type { HostFile } from "../runner/host/file.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import type { Release } from "./mirror.ts";

/** One container image that a daemon has at the first boot. */
export interface BakedContainerImage {
  readonly level: string;
  readonly reference: string;
  /** Digest of its configuration, and so of everything in it. */
  readonly id: string;
}

/** The same inputs (settings, state of the mirrors, container images) give the same contents. */
export interface Contents {
  readonly stack: string;
  readonly fleet: string;
  readonly role: string;
  readonly levels: readonly string[];
  /** Of the settings, keys sorted. */
  readonly settingsSha256: string;
  /** Of the set-up script, the instance attribute `buildx-runners-setup`. */
  readonly setupSha256: string;
  readonly sources: readonly Release[];
  readonly kernel: string;
  /** Version by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** SHA-256 by path, of the host's files and the image's own. */
  readonly files: Readonly<Record<string, string>>;
  readonly containerImages: readonly BakedContainerImage[];
}

export interface Manifest extends Contents {
  /** Of everything above. */
  readonly contentsSha256: string;
  /** This very file. Docker and BuildKit date and number what they keep, so two bakes differ here. */
  readonly image: { readonly file: string; readonly sha256: string; readonly bytes: number };
  /** In bytes: the least size of a machine's disk. */
  readonly diskBytes: number;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** JSON with sorted keys: the same value is the same text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

/** What the contents are told from. */
export interface ContentsInputs {
  readonly settings: HostSettings;
  readonly hostFiles: readonly HostFile[];
  readonly systemFiles: readonly { readonly path: string; readonly content: string }[];
  readonly sources: readonly Release[];
  readonly kernel: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly containerImages: readonly BakedContainerImage[];
}

export function contentsOf(inputs: ContentsInputs): Contents {
  const { settings, hostFiles, systemFiles } = inputs;
  const files = [...hostFiles, ...systemFiles].map(({ path, content }) => [path, sha256(content)] as const);
  return {
    stack: settings.stack,
    fleet: settings.fleet,
    role: settings.role,
    levels: settings.levels,
    settingsSha256: sha256(canonical(settings)),
    setupSha256: sha256(setupScript(hostFiles)),
    sources: inputs.sources,
    kernel: inputs.kernel,
    packages: sorted(inputs.packages),
    files: sorted(Object.fromEntries(files)),
    containerImages: [...inputs.containerImages].sort((left, right) =>
      `${left.level} ${left.reference}` < `${right.level} ${right.reference}` ? -1 : 1,
    ),
  };
}

const sorted = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));

/**
 * @param archive of the image, finished.
 * @param file the name that it will have.
 */
export async function manifestOf(
  contents: Contents,
  archive: string,
  file: string,
  diskBytes: number,
): Promise<Manifest> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(archive)) hash.update(chunk as Buffer);
  const { size } = await stat(archive);
  return {
    ...contents,
    contentsSha256: sha256(canonical(contents)),
    image: { file, sha256: hash.digest("hex"), bytes: size },
    diskBytes,
  };
}

/** Every installed package of a root directory, by name (with its architecture where that is not the system's). */
export async function packagesIn(root: string): Promise<Record<string, string>> {
  const admin = `--admindir=${path.join(root, "var/lib/dpkg")}`;
  const format = "${db:Status-Status}\\t${binary:Package}\\t${Version}\\n";
  const { stdout } = await run("dpkg-query", [admin, "--show", `--showformat=${format}`]);
  return parsePackages(stdout);
}

/** Reads the lines that {@link packagesIn} asks for. */
export function parsePackages(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.split("\t"));
  return Object.fromEntries(
    lines.flatMap(([status, name, version]) =>
      status === "installed" && name !== undefined && version !== undefined ? [[name, version]] : [],
    ),
  );
}

/** The version of the one kernel of a root directory. */
export async function kernelIn(root: string): Promise<string> {
  const names = await readdir(path.join(root, "boot"));
  const kernels = names.filter((name) => name.startsWith("vmlinuz-")).map((name) => name.slice(8));
  const [kernel, ...others] = kernels;
  if (kernel === undefined || others.length > 0)
    throw new Error(`one kernel was expected in the image, there are: ${JSON.stringify(kernels)}`);
  return kernel;
}
