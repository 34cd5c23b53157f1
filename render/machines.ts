/** What of a fleet's resources are machines: read from what is registered, not from what was asked for. */
import type { OnDemand } from "../runner/fleets/kind.ts";
import type { Recorded } from "./record.ts";
import type { Shift } from "./schedule.ts";

interface DiskInputs {
  readonly boot?: boolean;
  readonly type?: string;
  readonly diskType?: string;
  readonly diskSizeGb?: number;
}

interface TemplateInputs {
  readonly machineType: string;
  readonly disks?: readonly DiskInputs[];
  readonly scheduling?: { readonly provisioningModel?: string };
  readonly serviceAccount?: unknown;
}

interface InstanceInputs extends TemplateInputs {
  readonly zone?: string;
  readonly bootDisk?: { readonly initializeParams?: { readonly type?: string; readonly size?: number } };
}

interface GroupInputs {
  readonly versions: readonly { readonly instanceTemplate: string }[];
  readonly targetSize?: number;
  readonly region?: string;
  readonly zone?: string;
  readonly distributionPolicyZones?: readonly string[];
  readonly updatePolicy?: { readonly maxSurgeFixed?: number };
}

interface ScalerInputs {
  readonly target: string;
  readonly autoscalingPolicy: {
    readonly scalingSchedules?: readonly {
      readonly schedule: string;
      readonly timeZone?: string;
      readonly durationSec: number;
      readonly minRequiredReplicas: number;
    }[];
  };
}

export interface Disk {
  readonly kind: string;
  readonly gigabytes: number;
  /** On the machine itself: gone with it, and not to be had with every machine type. */
  readonly isLocal: boolean;
}

/** One machine, or the equal ones that a group makes. */
export interface Machines {
  /** The machine's or the group's name. */
  readonly name: string;
  /** Region, or zones. */
  readonly where: string;
  readonly machineType: string;
  readonly spot: boolean;
  readonly disks: readonly Disk[];
  /** Machines at the same time while nothing is replaced; 0 for a group that others scale. */
  readonly size: number;
  /** More of them while an update replaces machines. */
  readonly surge: number;
  readonly shifts: readonly Shift[];
  /** Of a group that its fleet's runner manager scales: how many it has depends on the jobs. */
  readonly onDemand?: OnDemand;
}

export const ofType = (resources: readonly Recorded[], ...types: readonly string[]): Recorded[] =>
  resources.filter(({ type }) => types.includes(type));

/** The name in `${name.property}`. */
const nameIn = (reference: string): string => /^\$\{(.+)\.[A-Za-z]+\}$/.exec(reference)?.[1] ?? reference;

function templateOf(resources: readonly Recorded[], reference: string): TemplateInputs {
  const templates = ofType(
    resources,
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
  );
  const found = templates.find(({ name }) => name === nameIn(reference));
  if (!found) throw new Error(`a group's template ${reference} is not among the resources of its fleet`);
  return found.inputs as unknown as TemplateInputs;
}

function shiftsOf(resources: readonly Recorded[], group: string): Shift[] {
  const scalers = ofType(
    resources,
    "gcp:compute/regionAutoscaler:RegionAutoscaler",
    "gcp:compute/autoscaler:Autoscaler",
  );
  return scalers
    .map(({ inputs }) => inputs as unknown as ScalerInputs)
    .filter(({ target }) => nameIn(target) === group)
    .flatMap(({ autoscalingPolicy: { scalingSchedules = [] } }) => scalingSchedules)
    .map(({ schedule, timeZone = "UTC", durationSec, minRequiredReplicas }) => ({
      start: schedule,
      hours: durationSec / 3600,
      timeZone,
      size: minRequiredReplicas,
    }));
}

const diskOf = ({ type, diskType = "pd-standard", diskSizeGb = 0 }: DiskInputs): Disk => ({
  kind: diskType,
  gigabytes: diskSizeGb,
  isLocal: type === "SCRATCH",
});

/**
 * Single machines of a fleet, then its groups, each in the order of the program.
 *
 * @param onDemand of a fleet whose runner manager scales the groups that have no size of their own.
 */
export const machinesOf = (resources: readonly Recorded[], onDemand?: OnDemand): Machines[] => [
  ...instancesOf(resources),
  ...groupsOf(resources).map((group) =>
    onDemand && group.size === 0 && group.shifts.length === 0 ? { ...group, onDemand } : group,
  ),
];

const isSpot = ({ scheduling }: TemplateInputs): boolean => scheduling?.provisioningModel === "SPOT";

const instancesOf = (resources: readonly Recorded[]): Machines[] =>
  ofType(resources, "gcp:compute/instance:Instance").map(({ name, inputs }) => {
    const instance = inputs as unknown as InstanceInputs;
    const { type = "pd-standard", size = 0 } = instance.bootDisk?.initializeParams ?? {};
    return {
      name,
      where: instance.zone ?? "",
      machineType: instance.machineType,
      spot: isSpot(instance),
      disks: [{ kind: type, gigabytes: size, isLocal: false }],
      size: 1,
      surge: 0,
      shifts: [],
    };
  });

function groupsOf(resources: readonly Recorded[]): Machines[] {
  const groups = ofType(
    resources,
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
  );
  return groups.map(({ name, inputs }) => {
    const { versions, targetSize, region, zone, distributionPolicyZones, updatePolicy } =
      inputs as unknown as GroupInputs;
    const template = templateOf(resources, versions[0]?.instanceTemplate ?? "");
    const shifts = shiftsOf(resources, name);
    return {
      name,
      where: distributionPolicyZones?.join(", ") ?? region ?? zone ?? "",
      machineType: template.machineType,
      spot: isSpot(template),
      disks: (template.disks ?? []).map(diskOf),
      size: targetSize ?? Math.max(0, ...shifts.map(({ size }) => size)),
      surge: updatePolicy?.maxSurgeFixed ?? 0,
      shifts,
    };
  });
}
