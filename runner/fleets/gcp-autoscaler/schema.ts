/** The schema of `gcpAutoscaler`: GitLab Runner's autoscaler on Google Cloud. */
import { z } from "zod";
import { binarySums, httpUrl } from "../../../config/fields.ts";
import { cronExpression, timeZone } from "../../../config/schedule.ts";
import {
  artifactRegistry,
  imageName,
  machineImage,
  machineIssues,
  machineShape,
  machineType,
  regionOf,
  zone,
} from "../gcp/machine.ts";

/** @see https://gitlab.com/gitlab-org/fleeting/plugins/googlecloud */
const plugin = z
  .union(
    [
      z.literal("none"),
      z.strictObject({
        version: z
          .string()
          .regex(/^v[0-9]+\.[0-9]+\.[0-9]+$/, "a version such as v1.0.0")
          .describe("A release of the plugin."),
        url: httpUrl.describe(
          "The directory that holds the binaries fleeting-plugin-googlecloud-linux-<architecture>.",
        ),
        sha256: binarySums.describe("Checksum of the binary by architecture, `amd64` or `arm64`."),
      }),
    ],
    "'none' or { version: v1.0.0, url: …, sha256: { amd64: … } }",
  )
  .describe(
    "The manager's plugin for Google Cloud, by version and checksum; with 'none' it is not installed, and buildx-doctor warns.",
  );

/** @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscalerpolicy-sections */
const idlePolicy = z.strictObject({
  periods: z
    .array(cronExpression("* 8-17 * * 1-5"))
    .min(1)
    .default(["* * * * *"])
    .describe("Minutes in which the policy applies; a later policy in the list overrides an earlier one."),
  timeZone: timeZone.default("UTC").describe("Zone of `periods`."),
  count: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe("Number of jobs for which idle machines are kept ready."),
  time: z
    .int()
    .min(0)
    .max(86400)
    .default(1200)
    .describe("Seconds for which a machine without a job is kept."),
});

const manager = z
  .strictObject({
    machineType: machineType.default("e2-small").describe("Machine type; the manager runs no job."),
    image: machineImage,
    diskSize: z
      .int()
      .min(10)
      .max(1000)
      .default(20)
      .describe("In GB; it also keeps the state of running machines."),
  })
  .prefault({})
  .describe("The manager: it takes jobs from GitLab and runs them on the workers.");

/** A baked image has a level's account and daemon in it, so each level has one of its own. */
const levelImages = z
  .strictObject({
    open: imageName.optional().describe("Image for the level `open`."),
    protected: imageName.optional().describe("Image for the level `protected`."),
  })
  .prefault({})
  .describe("Images for single trust levels, instead of `image`: a baked image is for one level.");

export const gcpAutoscalerSchema = z
  .strictObject({
    zone: zone.describe("Zone of the manager and of the groups: europe-west1-b."),
    ...machineShape,
    images: levelImages,
    plugin,
    manager,
    maxInstances: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe("Maximum number of machines, for each trust level."),
    capacityPerInstance: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe("Concurrent jobs on a machine; with more than one they share a Docker daemon."),
    maxUseCount: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe(
        "Jobs on a machine before it is deleted; with more than one, a job can read what earlier ones left.",
      ),
    idle: z
      .array(idlePolicy)
      .default([])
      .describe("When idle machines are kept ready; without it, none are."),
    artifactRegistry,
  })
  .superRefine((gcp, context) => {
    for (const { path, message } of machineIssues(gcp, regionOf(gcp.zone)))
      context.addIssue({ code: "custom", path: [...path], message });
    const waiting = Math.max(0, ...gcp.idle.map(({ count }) => count));
    if (waiting > gcp.maxInstances * gcp.capacityPerInstance)
      context.addIssue({
        code: "custom",
        path: ["maxInstances"],
        message: `enough machines for the ${waiting} jobs that \`idle\` keeps ready`,
      });
  })
  .describe("GitLab Runner's docker-autoscaler on Google Cloud: a machine for each job.");

export type GcpAutoscalerConfig = z.output<typeof gcpAutoscalerSchema>;
