/** The schema of `gcp`: a fixed group of hosts on Google Cloud. */
import { z } from "zod";
import { cronExpression, timeZone } from "../../../config/schedule.ts";
import { artifactRegistry, machineIssues, machineShape, region, regionOf, zone } from "./machine.ts";

/** @see https://cloud.google.com/compute/docs/autoscaler/scaling-schedules */
const schedule = z.strictObject({
  start: cronExpression("0 7 * * 1-5").describe("When the hosts start: 0 7 * * 1-5."),
  hours: z.number().min(0.25).max(168).describe("How long they run."),
  timeZone: timeZone.default("UTC").describe("Zone of `start`, such as Europe/Berlin."),
  size: z.int().min(1).max(1000).optional().describe("How many hosts; without it the fleet's `size`."),
});

export const gcpSchema = z
  .strictObject({
    region: region.describe("Region of the group: europe-west1."),
    zones: z
      .array(zone)
      .min(1)
      .optional()
      .describe("Zones to spread hosts over; default: Google chooses them."),
    size: z.int().min(1).max(1000).default(1).describe("How many hosts."),
    ...machineShape,
    updates: z
      .enum(["rolling", "manual"])
      .default("rolling")
      .describe(
        "How machines are replaced after a change that needs new ones: one by one, each after its jobs have ended (an hour at most); or by you.",
      ),
    schedules: z
      .array(schedule)
      .max(128)
      .default([])
      .describe("When hosts run; at other times there are none. Default: always."),
    artifactRegistry,
  })
  .superRefine((gcp, context) => {
    gcp.zones?.forEach((name, index) => {
      if (regionOf(name) !== gcp.region)
        context.addIssue({
          code: "custom",
          path: ["zones", index],
          message: `a zone of the region ${gcp.region}`,
        });
    });
    for (const { path, message } of machineIssues(gcp, gcp.region))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .describe("A fixed group of hosts on Google Cloud.");

export type GcpConfig = z.output<typeof gcpSchema>;
