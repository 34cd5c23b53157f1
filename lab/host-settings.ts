/** What the lab makes of a fresh machine where no stack says it: for benchmarks and for proofs on machines. */

import type { HostSettings, TrustLevel } from "../runner/host/settings.ts";
import type { LabCa } from "./ca.ts";

/** BuildKit's image and that of jobs which name none: what set-up pulls. */
export const HOST_IMAGES = { buildkit: "moby/buildkit:v0.23.2", job: "docker:28.3.3-cli" } as const;

export interface HostChoices {
  readonly stack: string;
  readonly levels: readonly TrustLevel[];
  /** Of Docker Hub. */
  readonly mirrorUrl: string;
  readonly ca: LabCa;
}

/** A host with all defaults, and caches that fit on a small disk. */
export function labHostSettings({ stack, levels, mirrorUrl, ca }: HostChoices): HostSettings {
  const classes = ["socket", "plain"] as const;
  return {
    role: "host",
    stack,
    fleet: "linux",
    levels,
    runners: levels.flatMap((level) =>
      classes.map((runnerClass) => ({
        name: `${stack}/linux/${level}/${runnerClass}`,
        level,
        class: runnerClass,
      })),
    ),
    concurrency: 4,
    executor: "docker",
    jobImage: HOST_IMAGES.job,
    gitlabUrl: "https://gitlab.example.com",
    packages: { source: "distribution" },
    dataDirectory: "/var/lib/buildx",
    gitlabRunner: "none",
    builder: {
      image: HOST_IMAGES.buildkit,
      maxParallelism: 4,
      reservedSpace: "2GB",
      maxUsedSpace: "8GB",
      minFreeSpace: "5%",
    },
    registryMirrors: { "docker.io": [mirrorUrl] },
    caCertificates: [ca.caPem],
  };
}
