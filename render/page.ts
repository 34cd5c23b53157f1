/** A fleet in a page: what machines, when, what they cost money for and what quotas they need. */
import type { FleetConfig } from "../config.ts";
import { costRows, quotaRows } from "./costs.ts";
import { type Machines, machinesOf } from "./machines.ts";
import { table } from "./markdown.ts";
import type { Recorded } from "./record.ts";
import { periodInWords, shiftInWords } from "./schedule.ts";

/** @param resources as {@link record} has them. */
export function pageOf(stack: string, fleet: FleetConfig, resources: readonly Recorded[]): string {
  const title = `# Fleet ${fleet.name} of the stack ${stack}`;
  const paragraphs = fleet.hosts
    ? sshParagraphs(fleet.hosts)
    : cloudParagraphs(fleet, machinesOf(resources), resources);
  const count = resources.filter(({ custom }) => custom).length;
  return `${[title, `${count} resources: ${fleet.name}.yaml lists them.`, ...paragraphs].join("\n\n")}\n`;
}

const sshParagraphs = (hosts: NonNullable<FleetConfig["hosts"]>): string[] => [
  "## Machines",
  table([
    ["host", "user", "by way of"],
    ...hosts.map(({ address, port, user, bastion }) => [
      port === 22 ? address : `${address}:${port}`,
      user,
      bastion?.address ?? "",
    ]),
  ]),
  "They are yours: they run when you let them, and nothing here starts, stops or pays for a machine.",
];

const diskList = ({ disks }: Machines): string =>
  disks.map(({ kind, gigabytes }) => `${gigabytes} GB ${kind}`).join(" + ");

function cloudParagraphs(
  fleet: FleetConfig,
  machines: readonly Machines[],
  resources: readonly Recorded[],
): string[] {
  return [
    "## Machines",
    table([
      ["machines", "where", "machine type", "disks", "price", "at once"],
      ...machines.map((one) => [
        one.name,
        one.where,
        one.machineType,
        diskList(one),
        one.spot ? "spot" : "standard",
        atOnce(one, fleet),
      ]),
    ]),
    "## When they run",
    machines.flatMap((one) => whenLines(one, fleet)).join("\n"),
    "## What costs money",
    table([["what", "how much of it"], ...costRows(machines, fleet, resources)]),
    "Prices: <https://cloud.google.com/products/calculator>. What moves most is the first row.",
    "## Quotas",
    table([["in the region", "at most"], ...quotaRows(machines, fleet)]),
  ];
}

/** Machines of a group at most; a group that its fleet's manager scales has no size of its own. */
const atOnce = ({ size }: Machines, { gcpAutoscaler }: FleetConfig): string =>
  size === 0 && gcpAutoscaler ? `0 to ${gcpAutoscaler.maxInstances}` : String(size);

function whenLines({ name, size, shifts }: Machines, { gcpAutoscaler }: FleetConfig): string[] {
  if (shifts.length > 0) return [...shifts.map((shift) => `- ${name}: ${shiftInWords(shift)}; else 0`)];
  if (size > 0 || !gcpAutoscaler)
    return [`- ${name}: always, ${size === 1 ? "1 machine" : `${size} machines`}`];
  const idle = gcpAutoscaler.idle
    .filter(({ count }) => count > 0)
    .map(
      ({ periods, timeZone, count, time }) =>
        `- ${name}, ${periods.map(periodInWords).join(" and ")} ${timeZone}: machines for ${count} ${count === 1 ? "job" : "jobs"} wait, each ${time} s`,
    );
  return [
    `- ${name}: one for each job (${gcpAutoscaler.capacityPerInstance} at once, ${gcpAutoscaler.maxUseCount} in all on a machine), ${gcpAutoscaler.maxInstances} machines at most`,
    ...(idle.length > 0 ? idle : [`- ${name}: none while there is no job`]),
  ];
}
