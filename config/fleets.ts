/** The schema of `buildx-runners:fleets`. Every default is one that a security engineer would sign. */
import lt from "semver/functions/lt.js";
import { z } from "zod";
import { needsDockerPackages } from "../runner/fleets/gcp/machine.ts";
import {
  type GcpAutoscalerConfig,
  type GcpConfig,
  gcpAutoscalerSchema,
  gcpSchema,
  LONGEST_SHUTDOWN,
} from "../runner/fleets/gcp/schema.ts";
import { hostShape } from "../runner/host/table.ts";
import { gitlabPath, hostAddress, hostKey, hostOwner, runnerTag, secret, slug, unixUser } from "./fields.ts";

const port = z.int().min(1).max(65535).default(22);

const sshEndpoint = {
  address: hostAddress.describe("Host name or IP address."),
  port: port.describe("SSH port."),
  user: unixUser.describe("SSH user; needs passwordless sudo on the host itself."),
  hostKey: hostKey.describe("Public host key, 'ssh-ed25519 AAAA…': a host with another key is refused."),
  privateKey: secret.optional().describe("Private key in OpenSSH format; without it the SSH agent is asked."),
};

const bastion = z
  .strictObject(sshEndpoint)
  .describe("A machine to go through: it forwards TCP, nothing is run on it.");

const sshHost = z.strictObject({
  ...sshEndpoint,
  bastion: bastion.optional(),
  gone: z
    .boolean()
    .default(false)
    .describe(
      "The machine no longer exists: run `pulumi up` with this set, then remove the entry, and nothing is run on it.",
    ),
  takeOver: hostOwner
    .optional()
    .describe(
      "Stack and fleet that set the machine up, as in dev/linux, to take it from them with its data; the other's teardown then leaves it alone.",
    ),
});

const scope = z
  .union(
    [
      z.strictObject({ project: gitlabPath("project").describe("A project, by its full path.") }),
      z.strictObject({ group: gitlabPath("group").describe("A group with all below it.") }),
      z.strictObject({
        instance: z.literal(true).describe("The whole GitLab instance; needs an administrator's token."),
      }),
    ],
    "one of { project: acme/shop }, { group: acme } or { instance: true }",
  )
  .describe("Whose jobs the fleet takes.");

/** Every fleet is of just one kind. */
const KINDS = ["hosts", "gcp", "gcpAutoscaler"] as const;

interface KindFacts {
  readonly executor: "docker" | "shell";
  readonly gitlabRunner: "none" | { readonly version: string };
  readonly jobTimeout: number;
  readonly packages: { readonly source: "distribution" | "docker" };
  readonly scope: z.output<typeof scope>;
  readonly hosts?: unknown;
  readonly gcp?: GcpConfig | undefined;
  readonly gcpAutoscaler?: GcpAutoscalerConfig | undefined;
}

interface KindIssue {
  readonly path: readonly string[];
  readonly message: string;
}

function kindIssues(fleet: KindFacts): KindIssue[] {
  const kinds = KINDS.filter((kind) => fleet[kind] !== undefined);
  const [kind, other] = kinds;
  if (kind === undefined)
    return [
      {
        path: ["hosts"],
        message: "the machines of the fleet, one at least; or `gcp` or `gcpAutoscaler` in place of `hosts`",
      },
    ];
  if (other !== undefined)
    return [
      { path: [other], message: `one of hosts, gcp and gcpAutoscaler; this fleet has ${kind} already` },
    ];
  return [...imageIssues(fleet), ...autoscalerIssues(fleet), ...updateIssues(fleet), ...pushIssues(fleet)];
}

function imageIssues({ packages, gcp, gcpAutoscaler }: KindFacts): KindIssue[] {
  const { image, images = {} } = gcp ? { image: gcp.image } : (gcpAutoscaler ?? {});
  const stock = [image, ...Object.values(images)].find(
    (one) => one !== undefined && needsDockerPackages(one),
  );
  return stock !== undefined && packages.source === "distribution"
    ? [{ path: ["packages"], message: `docker: the distribution of ${stock} has no docker-buildx` }]
    : [];
}

/**
 * The first release that keeps what it knows of its machines over a restart, and reads changed policies by itself.
 * @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscalerstate_storage-section
 */
const FIRST_AUTOSCALER = "17.5.0";

function autoscalerIssues({ executor, gitlabRunner, gcpAutoscaler }: KindFacts): KindIssue[] {
  if (gcpAutoscaler === undefined) return [];
  const version = gitlabRunner === "none" ? FIRST_AUTOSCALER : gitlabRunner.version;
  return [
    ...(executor === "shell"
      ? [{ path: ["executor"], message: "docker: gcpAutoscaler runs jobs in containers on other machines" }]
      : []),
    ...(lt(version, FIRST_AUTOSCALER)
      ? [
          {
            path: ["gitlabRunner", "version"],
            message: `v${FIRST_AUTOSCALER} or later: earlier ones forget their machines at a restart`,
          },
        ]
      : []),
  ];
}

/** Nothing that a stack's owner does may end a job, and Google waits no longer. */
function updateIssues({ gcp, jobTimeout }: KindFacts): KindIssue[] {
  return gcp?.updates === "rolling" && !gcp.spot && jobTimeout > LONGEST_SHUTDOWN
    ? [
        {
          path: ["jobTimeout"],
          message: `${LONGEST_SHUTDOWN} or less: Google gives a machine that is replaced an hour for its jobs; for longer ones set gcp.updates to manual`,
        },
      ]
    : [];
}

function pushIssues({ scope, gcp, gcpAutoscaler }: KindFacts): KindIssue[] {
  const kind = gcp === undefined ? "gcpAutoscaler" : "gcp";
  const registry = (gcp ?? gcpAutoscaler)?.artifactRegistry;
  return registry !== undefined && "instance" in scope
    ? [
        {
          path: [kind, "artifactRegistry"],
          message: "none: with scope { instance: true } every project of this GitLab could push",
        },
      ]
    : [];
}

export const fleetSchema = z
  .strictObject({
    name: slug.describe("Unique in the stack; part of runner names."),
    scope,
    tags: z
      .array(runnerTag)
      .min(1)
      .describe("Runner tags. With `refs: separated` jobs ask for `<tag>-open` or `<tag>-protected`."),
    refs: z
      .enum(["any", "protected", "separated"])
      .default("separated")
      .describe("Which refs it serves: all alike, protected ones only, or both with a wall between them."),
    jobTimeout: z.int().min(600).max(86400).default(3600).describe("A job's longest time, in seconds."),
    locked: z.boolean().default(true).describe("A project's runner cannot be enabled for further projects."),
    ...hostShape,
    hosts: z.array(sshHost).min(1).optional().describe("Machines that are reached over SSH."),
    gcp: gcpSchema.optional(),
    gcpAutoscaler: gcpAutoscalerSchema.optional(),
  })
  .describe("Hosts of one kind with one set of tags.")
  .superRefine((fleet, context) => {
    for (const { path, message } of kindIssues(fleet))
      context.addIssue({ code: "custom", path: [...path], message });
  });

export type FleetConfig = z.output<typeof fleetSchema>;
export type SshHostConfig = z.output<typeof sshHost>;
export type SshEndpointConfig = z.output<typeof bastion>;
