/** What the lab makes of a fresh machine where no stack says it: for benchmarks and for proofs on machines. */

import type { HostSettings, TrustLevel } from "../runner/host/settings.ts";
import { withDefaults } from "../runner/host/table.ts";
import type { LabCa } from "./ca.ts";

/** BuildKit's image and that of jobs which name none: what set-up pulls. */
const { builder, jobImage } = withDefaults({ gitlabRunner: "none" });
export const HOST_IMAGES = { buildkit: builder.image, job: jobImage } as const;

export interface HostChoices {
  readonly stack: string;
  readonly levels: readonly TrustLevel[];
  /** Of Docker Hub. */
  readonly mirrorUrl: string;
  readonly ca: Pick<LabCa, "caPem">;
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
    gitlabUrl: "https://gitlab.example.com",
    ...withDefaults({
      gitlabRunner: "none",
      builder: { reservedSpace: "2GB", maxUsedSpace: "8GB", minFreeSpace: "5%" },
      registryMirrors: { "docker.io": [mirrorUrl] },
      caCertificates: [ca.caPem],
    }),
  };
}
