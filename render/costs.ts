/** What a fleet on Google Cloud is billed for, and the quotas it needs: amounts, not prices, which change. */
import { type Machines, ofType } from "./machines.ts";
import type { Recorded } from "./record.ts";
import { HOURS_OF_A_WEEK, machineHours } from "./schedule.ts";

type Row = readonly [what: string, much: string];

function hoursOf(machines: Machines): string {
  if (machines.onDemand) return "while jobs run, and while machines wait for jobs";
  const always = machines.size * HOURS_OF_A_WEEK;
  if (machines.shifts.length === 0) return `${always} h a week: ${machines.size} x ${HOURS_OF_A_WEEK}`;
  const hours = machineHours(machines.shifts);
  return hours === undefined
    ? "as scheduled; weeks differ"
    : `${Math.round(hours)} h a week, instead of ${always}`;
}

const machineRows = (machines: Machines): Row[] => [
  [`${machines.name}: ${machines.machineType}${machines.spot ? ", spot" : ""}`, hoursOf(machines)],
  ...machines.disks.map(
    ({ kind, gigabytes }): Row => [
      `${machines.name}: ${kind}`,
      `${gigabytes} GB for each machine, in the same hours`,
    ],
  ),
];

const counted = (resources: readonly Recorded[], type: string, row: (count: number) => Row): Row[] => {
  const { length } = ofType(resources, type);
  return length === 0 ? [] : [row(length)];
};

/**
 * @see https://cloud.google.com/nat/pricing
 * @see https://cloud.google.com/secret-manager/pricing
 * @see https://cloud.google.com/vpc/network-pricing
 */
export const costRows = (machines: readonly Machines[], resources: readonly Recorded[]): Row[] => [
  ...machines.flatMap(machineRows),
  ...counted(resources, "gcp:compute/routerNat:RouterNat", (count) => [
    "Cloud NAT",
    `${count} gateway: an hour's price for each machine behind it, its addresses, and every GB through it, in and out`,
  ]),
  ["traffic", "every GB from Google to the Internet (pushed images, caches) and between zones"],
  ...counted(resources, "gcp:secretmanager/secretVersion:SecretVersion", (count) => [
    "Secret Manager",
    `${count} ${count === 1 ? "version" : "versions"}, read once by each machine that boots`,
  ]),
  ...counted(resources, "gcp:dns/managedZone:ManagedZone", (count) => [
    "Cloud DNS",
    `${count} private zones, and queries`,
  ]),
  ["logs and metrics", "volume above Google's free amount"],
];

/** vCPUs by the machine type's name; shared-core types (e2-small) do not say. */
const cpusOf = (machineType: string): number | undefined => {
  const [, count] = /-(\d+)(?:-lssd)?$/.exec(machineType) ?? [];
  return count === undefined ? undefined : Number(count);
};

/** @see https://cloud.google.com/compute/resource-usage */
export function quotaRows(machines: readonly Machines[]): Row[] {
  return machines.flatMap((one): Row[] => {
    const most = (one.onDemand?.maxInstances ?? one.size) + one.surge;
    const cpus = cpusOf(one.machineType);
    const model = one.spot ? "preemptible " : "";
    const during = one.surge > 0 ? `, ${one.surge} of them only while an update replaces machines` : "";
    const gigabytes = (isLocal: boolean) =>
      most *
      one.disks.filter((disk) => disk.isLocal === isLocal).reduce((sum, disk) => sum + disk.gigabytes, 0);
    return [
      [`${one.name}: machines`, `${most}${during}`],
      ...(cpus === undefined
        ? []
        : [
            [
              `${one.name}: ${model}CPUs of ${one.machineType.split("-")[0]?.toUpperCase()}`,
              String(most * cpus),
            ] as const,
          ]),
      [`${one.name}: disks`, `${gigabytes(false)} GB`],
      ...(gigabytes(true) > 0 ? [[`${one.name}: local SSDs`, `${gigabytes(true)} GB`] as const] : []),
    ];
  });
}
