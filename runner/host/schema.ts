/** Settings of a host that have parts of their own, as a stack file says them. */
import { z } from "zod";
import { binarySums, diskSize, httpUrl, imageReference, line } from "../../config/fields.ts";

const DOCKER_URL = "https://download.docker.com/linux";

/**
 * Docker's signing key for Debian and Ubuntu.
 * @see https://docs.docker.com/engine/install/debian/
 */
const DOCKER_KEY = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88";

export const packages = z
  .union(
    [
      z.literal("distribution"),
      z.literal("docker"),
      z.strictObject({
        source: z.literal("docker").describe("Docker's own repository, or a mirror of it."),
        url: httpUrl.default(DOCKER_URL).describe("URL of the directory that holds `debian` and `ubuntu`."),
        fingerprint: z
          .string()
          .regex(/^[0-9A-F]{40}$/, "40 hexadecimal digits in upper case")
          .default(DOCKER_KEY)
          .describe("Fingerprint of the repository's signing key; other keys are refused."),
      }),
    ],
    "'distribution', 'docker' or { source: docker, url: …, fingerprint: … }",
  )
  .default("distribution")
  .transform((value) =>
    value === "distribution"
      ? ({ source: "distribution" } as const)
      : value === "docker"
        ? ({ source: "docker", url: DOCKER_URL, fingerprint: DOCKER_KEY } as const)
        : value,
  )
  .describe(
    "Where Docker comes from: the distribution (Debian 13, Ubuntu 24.04) or Docker's own repository.",
  );

/** A release that is downloaded and held against its checksum; 'none' leaves the binary out, and the host says so. */
export type PinnedBinary =
  | "none"
  | {
      readonly version: string;
      readonly url: string;
      /** SHA-256 of the binary for each Debian architecture name. */
      readonly sha256: z.output<typeof binarySums>;
    };

/**
 * GitLab's own download directory.
 * @see https://docs.gitlab.com/runner/install/bleeding-edge/
 */
const RUNNER_DOWNLOADS = "https://gitlab-runner-downloads.s3.amazonaws.com";

export const gitlabRunner = z
  .union(
    [
      z.literal("none"),
      z.strictObject({
        version: z
          .string()
          .regex(/^v[0-9]+\.[0-9]+\.[0-9]+$/, "a version such as v18.5.0")
          .describe("A release of GitLab Runner."),
        url: httpUrl.default(RUNNER_DOWNLOADS).describe("URL of the directory that holds the versions."),
        sha256: binarySums.describe(
          "Checksum of the binary by architecture, `amd64` or `arm64`; release.sha256 beside it has them.",
        ),
      }),
    ],
    "'none' or { version: v18.5.0, sha256: { amd64: … } }",
  )
  .describe(
    "The runner manager's binary, by version and checksum; with 'none' it is not installed, and buildx-doctor warns.",
  );

export const builder = z
  .strictObject({
    image: imageReference.default("moby/buildkit:v0.23.2").describe("BuildKit's image."),
    maxParallelism: z.int().min(1).max(256).default(4).describe("Concurrent build steps, for each builder."),
    reservedSpace: diskSize.default("10GB").describe("Minimum size of the cache that is kept."),
    maxUsedSpace: diskSize.default("60%").describe("Maximum size of the cache."),
    minFreeSpace: diskSize.default("20%").describe("Free space that garbage collection restores."),
  })
  .prefault({})
  .describe("The buildx builder and its garbage collection.");

export const proxy = z
  .strictObject({
    http: httpUrl.optional().describe("Proxy for http:// addresses."),
    https: httpUrl.optional().describe("Proxy for https:// addresses."),
    noProxy: z
      .array(line.regex(/^[A-Za-z0-9.*:/_-]+$/, "a host, a suffix or a CIDR block"))
      .default([])
      .describe("Reached directly."),
  })
  .refine(
    ({ http, https }) => http !== undefined || https !== undefined,
    "an address under http, https or both",
  )
  .optional()
  .describe("HTTP proxy of the host, its daemons, builders and jobs.");

export type ProxySettings = NonNullable<z.output<typeof proxy>>;
