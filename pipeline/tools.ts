/** The images of the tools that jobs run, each pinned by version and digest in tools.json. */
import pins from "./tools.json" with { type: "json" };

/** A tool's name, as tools.json and the stack's configuration spell it. */
export type ToolName = keyof typeof pins;

/** One image, to the byte. */
export interface ToolPin {
  /** Without a tag; on Docker Hub unless the first part is a host. */
  readonly image: string;
  readonly tag: string;
  /** Of the index, so that it holds for every platform: `sha256:…`. */
  readonly digest: string;
  /** Web page that lists the tool's releases. */
  readonly releases: string;
}

/** What a stack changes about the tools' images. */
export interface ToolOverrides {
  /** Takes the place of the registry's host: `registry.example.com/mirror`. The pin stays. */
  readonly mirror?: string | undefined;
  /** Whole references, by tool. Neither the pin nor the mirror applies to them. */
  readonly images?: Readonly<Partial<Record<ToolName, string | undefined>>>;
}

/** Every tool with its pin. */
export const toolPins: Readonly<Record<ToolName, ToolPin>> = pins;

/** Every tool, in the order of tools.json. */
export const toolNames = Object.keys(pins) as ToolName[];

/** An image's registry and its name there. */
export interface ImageLocation {
  /** `docker.io` where the image names none. */
  readonly registry: string;
  /** In full: Docker Hub's official images have `library/` in front. */
  readonly repository: string;
}

/**
 * Tells a host from the first part of a name as Docker does: by a dot, a port, or `localhost`.
 *
 * @param image without tag and digest.
 * @see https://docs.docker.com/reference/cli/docker/image/tag/
 */
export function locateImage(image: string): ImageLocation {
  const slash = image.indexOf("/");
  const first = slash < 0 ? "" : image.slice(0, slash);
  if (first.includes(".") || first.includes(":") || first === "localhost") {
    const repository = image.slice(slash + 1);
    const short = first === "docker.io" && !repository.includes("/");
    return { registry: first, repository: short ? `library/${repository}` : repository };
  }
  return { registry: "docker.io", repository: slash < 0 ? `library/${image}` : image };
}

/**
 * What a job's `image:` says: `ghcr.io/gitleaks/gitleaks:v8.30.1@sha256:…`, or what the stack puts in its place.
 *
 * @param overrides none unless given.
 */
export function toolImage(name: ToolName, overrides: ToolOverrides = {}): string {
  const replacement = overrides.images?.[name];
  if (replacement !== undefined) return replacement;
  const { image, tag, digest } = toolPins[name];
  const pinned = `:${tag}@${digest}`;
  if (overrides.mirror === undefined) return image + pinned;
  return `${overrides.mirror.replace(/\/+$/, "")}/${locateImage(image).repository}${pinned}`;
}
