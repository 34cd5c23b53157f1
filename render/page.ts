/** A fleet in a page: what machines, when, what they cost money for and what quotas they need. */
import type { FleetConfig } from "../config.ts";
import type { OnDemand } from "../runner/fleets/kind.ts";
import { kindOf } from "../runner/fleets/kinds.ts";
import { costRows, quotaRows } from "./costs.ts";
import { type Machines, machinesOf } from "./machines.ts";
import { table } from "./markdown.ts";
import type { Recorded } from "./record.ts";
import { periodInWords, shiftInWords } from "./schedule.ts";

/** @param resources as {@link record} has them. */
export function pageOf(stack: string, fleet: FleetConfig, resources: readonly Recorded[]): string {
  const place = kindOf(fleet).place(fleet);
  const machines = machineTable(fleet, resources);
  const count = resources.filter(({ custom }) => custom).length;
  const paragraphs = [
    `# Fleet ${fleet.name} of the stack ${stack}`,
    `${count} resources: ${fleet.name}.yaml lists them.`,
    "## Machines",
    table([machines.head, ...machines.rows]),
    ...(place.place === "ssh"
      ? ["Run them yourself: this program does not start, stop or pay for a machine."]
      : cloudParagraphs(machinesOf(resources, place.onDemand), resources)),
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

export interface MachineTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The machines of a fleet, for any page. */
export function machineTable(fleet: FleetConfig, resources: readonly Recorded[]): MachineTable {
  const place = kindOf(fleet).place(fleet);
  if (place.place === "ssh")
    return {
      caption: "Hosts",
      head: ["host", "user", "through"],
      rows: place.hosts.map(({ address, port, user, bastion }) => [
        port === 22 ? address : `${address}:${port}`,
        user,
        bastion?.address ?? "–",
      ]),
    };
  return {
    caption: "Machines",
    head: ["machines", "where", "machine type", "disks", "price", "at once"],
    rows: machinesOf(resources, place.onDemand).map(
      ({ name, where, machineType, disks, spot, size, onDemand }) => [
        name,
        where,
        machineType,
        disks.map(({ kind, gigabytes }) => `${gigabytes} GB ${kind}`).join(" + "),
        spot ? "spot" : "standard",
        onDemand ? `0 to ${onDemand.maxInstances}` : String(size),
      ],
    ),
  };
}

const cloudParagraphs = (machines: readonly Machines[], resources: readonly Recorded[]): string[] => [
  "## When they run",
  machines.flatMap(whenLines).join("\n"),
  "## Costs",
  table([["what", "quantity"], ...costRows(machines, resources)]),
  "Prices: <https://cloud.google.com/products/calculator>. The first row is the largest part.",
  "## Quotas",
  table([["in the region", "at most"], ...quotaRows(machines)]),
];

function whenLines({ name, size, shifts, onDemand }: Machines): string[] {
  if (shifts.length > 0) return shifts.map((shift) => `- ${name}: ${shiftInWords(shift)}; else 0`);
  if (onDemand) return onDemandLines(name, onDemand);
  return [`- ${name}: always, ${size === 1 ? "1 machine" : `${size} machines`}`];
}

function onDemandLines(
  name: string,
  { capacityPerInstance, maxUseCount, maxInstances, idle }: OnDemand,
): string[] {
  const waiting = idle
    .filter(({ count }) => count > 0)
    .map(
      ({ periods, timeZone, count, time }) =>
        `- ${name}, ${periods.map(periodInWords).join(" and ")} ${timeZone}: machines for ${count} ${count === 1 ? "job" : "jobs"} wait, each ${time} s`,
    );
  return [
    `- ${name}: one for each job (${capacityPerInstance} at once, ${maxUseCount} in all on a machine), ${maxInstances} machines at most`,
    ...(waiting.length > 0 ? waiting : [`- ${name}: none while there is no job`]),
  ];
}
