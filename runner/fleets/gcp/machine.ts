/** What machines of Google Cloud are made of: the part of the schema that both kinds of fleets share. */
import { z } from "zod";
import type { FleetCommon } from "../common.ts";
import type { FleetProblem, Treatment } from "../kind.ts";

export const region = z
  .string()
  .regex(/^[a-z]+-[a-z]+[0-9]{1,2}$/, "a region of Google Cloud, such as europe-west1");

export const zone = z
  .string()
  .regex(/^[a-z]+-[a-z]+[0-9]{1,2}-[a-z]$/, "a zone of Google Cloud, such as europe-west1-b");

/** `europe-west1` of `europe-west1-b`. */
export const regionOf = (name: string): string => name.replace(/-[a-z]$/, "");

export const machineType = z
  .string()
  .max(63)
  .regex(/^[a-z][a-z0-9]*-[a-z0-9]+(?:-[a-z0-9]+)*$/, "a machine type, such as e2-standard-4");

/**
 * Series to which local SSDs can be attached; others have none, or come with theirs.
 * @see https://cloud.google.com/compute/docs/disks/local-ssd#machine-series-lssd
 */
const LOCAL_SSD_SERIES = ["a2", "c2", "c2d", "g2", "m1", "m3", "n1", "n2", "n2d"];

/** Why a machine type cannot have local SSDs; undefined where it can. */
export function localSsdObjection(type: string): string | undefined {
  const [series = ""] = type.split("-");
  return LOCAL_SSD_SERIES.includes(series)
    ? undefined
    : `0: no local SSD can be attached to ${type}; the series that take them are ${LOCAL_SSD_SERIES.join(", ")}`;
}

const projectId = "[a-z][a-z0-9.:-]{4,60}[a-z0-9]";
const resource = "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?";
const FAMILY = new RegExp(`^(${projectId})/(${resource})$`);
const IMAGE = new RegExp(`^projects/${projectId}/global/images/(?:family/)?${resource}$`);

/**
 * An image family, `debian-cloud/debian-13`, or a full name, as a baked image has it.
 *
 * @returns the full name, which a template takes.
 * @see https://cloud.google.com/compute/docs/images/image-families-best-practices
 */
export const imageName = z
  .string()
  .refine((name) => FAMILY.test(name) || IMAGE.test(name), {
    abort: true,
    error:
      "an image family as project/family, such as debian-cloud/debian-13, or one image by its full name, projects/acme-ci/global/images/buildx-host",
  })
  .refine((name) => !FAMILY.test(name) || !/-v[0-9]{8}$/.test(name), {
    error:
      "an image family, which names the newest image of its kind; this is one image of it: leave the version out, or give its full name, projects/…/global/images/…",
  })
  .transform((name) => {
    const [, project, family] = FAMILY.exec(name) ?? [];
    return project === undefined ? name : `projects/${project}/global/images/family/${family}`;
  });

export const machineImage = imageName
  .prefault("debian-cloud/debian-13")
  .describe("Image family, project/family, or an image by its full name: a baked one, for example.");

/** Seconds that Google waits at most for a machine that shuts down gracefully. */
export const LONGEST_SHUTDOWN = 3600;

/**
 * Between the notice and the end of a spot machine.
 * @see https://cloud.google.com/compute/docs/instances/spot#preemption-process
 */
const SPOT_NOTICE = 30;

/** Seconds that a machine has from the notice that it goes to its end. */
export const shutdownSeconds = ({ spot }: { readonly spot: boolean }): number =>
  spot ? SPOT_NOTICE : LONGEST_SHUTDOWN;

/** Families whose distribution has no docker-buildx: they need `packages: docker`. */
const WITHOUT_BUILDX = /\/family\/(?:debian-12|ubuntu-2204-lts)/;

const disk = z
  .strictObject({
    type: z
      .enum(["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"])
      .default("pd-balanced")
      .describe("Type of the boot disk. It also holds the caches, unless there are local SSDs."),
    size: z.int().min(20).max(65536).default(100).describe("In GB."),
    kmsKey: z
      .string()
      .regex(
        new RegExp(
          `^projects/${projectId}/locations/[a-z0-9-]+/keyRings/[\\w-]{1,63}/cryptoKeys/[\\w-]{1,63}$`,
        ),
        "the full name of a key: projects/…/locations/…/keyRings/…/cryptoKeys/…",
      )
      .optional()
      .describe("Your own encryption key; default: Google's."),
  })
  .prefault({})
  .describe("The boot disk.");

const cidr = z.cidrv4("a range of IPv4 addresses, such as 10.20.0.0/24");

const network = z
  .union(
    [
      z.strictObject({
        range: cidr.default("10.20.0.0/24").describe("Address range of the new subnetwork."),
      }),
      z.strictObject({
        network: z
          .string()
          .regex(
            new RegExp(`^projects/${projectId}/global/networks/${resource}$`),
            "projects/…/global/networks/…",
          )
          .describe("An existing network."),
        subnetwork: z
          .string()
          .regex(
            new RegExp(`^projects/${projectId}/regions/[a-z0-9-]+/subnetworks/${resource}$`),
            "projects/…/regions/…/subnetworks/…",
          )
          .describe("A subnetwork of the network, in the fleet's region."),
        firewall: z
          .boolean()
          .default(true)
          .describe("Create the fleet's firewall rules there; set false if they are managed elsewhere."),
      }),
    ],
    "{ range: 10.20.0.0/24 } for a new network, or { network: projects/…, subnetwork: projects/… }",
  )
  .prefault({})
  .describe("A new network with Cloud NAT, or an existing subnetwork.");

const egress = z
  .array(
    z.strictObject({
      ports: z.array(z.int().min(1).max(65535)).min(1).describe("TCP ports."),
      ranges: z.array(cidr).min(1).default(["0.0.0.0/0"]).describe("Where to."),
    }),
  )
  .default([{ ports: [80, 443], ranges: ["0.0.0.0/0"] }])
  .describe(
    "Connections that machines may open; all others are blocked. DNS and NTP use Google's metadata server.",
  );

/** @see https://cloud.google.com/compute/docs/labeling-resources#requirements */
const labels = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, "a label's key: lower-case letters, digits, '_' and '-'"),
    z.string().regex(/^[a-z0-9_-]{0,63}$/, "a label's value: lower-case letters, digits, '_' and '-'"),
  )
  .default({})
  .describe("Labels, in addition to managed-by, stack and fleet.");

export const artifactRegistry = z
  .strictObject({
    repository: z
      .string()
      .regex(
        /^projects\/[a-z][a-z0-9.:-]{4,60}[a-z0-9]\/locations\/[a-z0-9-]+\/repositories\/[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
        "a repository's full name: projects/acme-ci/locations/europe-west1/repositories/images",
      )
      .describe("Repository to which jobs of the fleet's scope may push."),
  })
  .optional()
  .describe(
    "A workload identity pool that trusts this GitLab, and the right to push; the machines get no such right.",
  );

/** Two stacks would move each other's tags in one repository. */
export const OWN_REPOSITORY: Readonly<Record<string, Treatment>> = {
  ".artifactRegistry.repository": { ask: "a repository of Artifact Registry that only NAME uses" },
};

/** Keys that the machines of both kinds of fleets have. */
export const machineShape = {
  machineType: machineType.default("e2-standard-4").describe("Machine type."),
  image: machineImage,
  disk,
  localSsds: z
    .union(
      [0, 1, 2, 4, 8, 16, 24].map((count) => z.literal(count)),
      "0, 1, 2, 4, 8, 16 or 24",
    )
    .default(0)
    .describe("Local SSDs of 375 GB each for images and caches; their content ends with the machine."),
  spot: z
    .boolean()
    .default(false)
    .describe(
      "Spot machines: far cheaper, but Google stops them with 30 seconds' notice; GitLab then retries the job.",
    ),
  network,
  egress,
  ssh: z
    .enum(["iap", "off"])
    .default("iap")
    .describe("SSH for people: through Identity-Aware Proxy, or not at all."),
  labels,
};

export type GcpMachineConfig = z.output<z.ZodObject<typeof machineShape>>;

interface MachineFacts {
  readonly machineType: string;
  readonly localSsds: number;
  readonly network: z.output<typeof network>;
}

/** What must hold between the keys of a machine; `where` is the region. */
export function machineIssues(machine: MachineFacts, where: string): FleetProblem[] {
  const ssd = machine.localSsds > 0 ? localSsdObjection(machine.machineType) : undefined;
  const subnetwork = "subnetwork" in machine.network ? machine.network.subnetwork : undefined;
  const elsewhere = subnetwork !== undefined && !subnetwork.includes(`/regions/${where}/`);
  return [
    ...(ssd === undefined ? [] : [{ path: ["localSsds"], message: ssd }]),
    ...(elsewhere ? [{ path: ["network", "subnetwork"], message: `a subnetwork in ${where}` }] : []),
  ];
}

/**
 * What of the fleet does not fit with machines of Google Cloud.
 *
 * @param images all that its machines may be made from.
 */
export function cloudProblems(
  { packages, scope }: FleetCommon,
  key: string,
  images: readonly (string | undefined)[],
  registry: z.output<typeof artifactRegistry>,
): FleetProblem[] {
  const stock = images.find((image) => image !== undefined && WITHOUT_BUILDX.test(image));
  return [
    ...(stock !== undefined && packages.source === "distribution"
      ? [{ path: ["packages"], message: `docker: the distribution of ${stock} has no docker-buildx` }]
      : []),
    ...(registry !== undefined && "instance" in scope
      ? [
          {
            path: [key, "artifactRegistry"],
            message: "none: with scope { instance: true } every project of this GitLab could push",
          },
        ]
      : []),
  ];
}
