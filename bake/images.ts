/** Which images a stack's fleets ask for. */
import type { FleetConfig, StackConfig } from "../config.ts";
import type { BakeImage } from "../runner/fleets/kind.ts";
import { kindOf } from "../runner/fleets/kinds.ts";
import type { HostSettings } from "../runner/host/settings.ts";
import { BakeError } from "./error.ts";

/** One image to bake. */
export interface PlannedImage {
  /** Of its file, and a good one for the image: `prod-linux`, `prod-jobs-open`. */
  readonly name: string;
  readonly settings: HostSettings;
}

export interface Selection {
  /** Of the fleet; needed where the stack has several that are made from images. */
  readonly fleet?: string;
  /** Of machines that have one level; all of the fleet's levels by default. */
  readonly level?: string;
}

type Stack = Pick<StackConfig, "stack" | "gitlabUrl" | "fleets">;

/** @throws BakeError naming the fleets or levels that there are. */
export function imagesOf(config: Stack, selection: Selection = {}): PlannedImage[] {
  const { fleet, images } = selectFleet(config, selection.fleet);
  return selectLevel(fleet, images, selection.level).map(({ level, settings }) => ({
    name: [config.stack, fleet.name, level].filter(Boolean).join("-"),
    settings,
  }));
}

interface Candidate {
  readonly fleet: FleetConfig;
  readonly images: readonly BakeImage[];
}

function selectFleet(config: Stack, name: string | undefined): Candidate {
  const { stack, fleets } = config;
  const candidates = fleets
    .map((fleet) => ({ fleet, images: kindOf(fleet).images(config, fleet) }))
    .filter(({ images }) => images.length > 0);
  const names = candidates.map(({ fleet }) => fleet.name).join(", ");
  if (candidates.length === 0)
    throw new BakeError(
      `Stack ${stack} has no fleet on Google Cloud, and images are only for those: give a fleet the key gcp or gcpAutoscaler.`,
    );
  const [only, ...others] = candidates;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  const found = candidates.find(({ fleet }) => fleet.name === name);
  if (found) return found;
  throw new BakeError(
    name === undefined
      ? `Stack ${stack} has several fleets on Google Cloud: choose one with --fleet: ${names}.`
      : `Stack ${stack} has no fleet ${name} on Google Cloud; --fleet may be: ${names}.`,
  );
}

function selectLevel(
  { name: fleet }: FleetConfig,
  images: readonly BakeImage[],
  name: string | undefined,
): readonly BakeImage[] {
  if (name === undefined) return images;
  const levels = images.flatMap(({ level }) => level ?? []);
  if (levels.length === 0) throw new BakeError(`Fleet ${fleet} has one image for all levels: omit --level.`);
  const found = images.filter(({ level }) => level === name);
  if (found.length > 0) return found;
  throw new BakeError(`Fleet ${fleet} has no level ${name}; --level may be: ${levels.join(", ")}.`);
}
