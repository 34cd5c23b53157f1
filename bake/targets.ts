/** Which images a stack's fleets ask for. */
import type { FleetConfig, StackConfig } from "../config.ts";
import type { HostSettings, TrustLevel } from "../runner/host/settings.ts";
import { levelsOf } from "../runner/levels.ts";
import { hostSettings, workerSettings } from "../runner/settings.ts";
import { BakeError } from "./error.ts";

/** One image to bake. */
export interface Target {
  /** Of its file, and a good one for the image: `prod-linux`, `prod-jobs-open`. */
  readonly name: string;
  readonly settings: HostSettings;
}

export interface Selection {
  /** Of the fleet; needed where the stack has several on Google Cloud. */
  readonly fleet?: string;
  /** Of an autoscaler's workers; all of its levels by default. */
  readonly level?: string;
}

type Stack = Pick<StackConfig, "stack" | "gitlabUrl" | "fleets">;

/**
 * The images of a fleet: one of a fixed group, whose hosts keep the levels apart; one for each level of an autoscaler,
 * whose machines have one level each.
 *
 * @throws BakeError naming the fleets or levels that there are.
 */
export function targetsOf(config: Stack, selection: Selection = {}): Target[] {
  const fleet = selectFleet(config, selection.fleet);
  if (!fleet.gcpAutoscaler) {
    if (selection.level !== undefined)
      throw new BakeError(
        `Fleet ${fleet.name} has one image for all levels, since its hosts have them all: leave --level out.`,
      );
    return [{ name: `${config.stack}-${fleet.name}`, settings: hostSettings(config, fleet) }];
  }
  return selectLevels(fleet, selection.level).map((level) => ({
    name: `${config.stack}-${fleet.name}-${level}`,
    settings: workerSettings(config, fleet, level),
  }));
}

function selectFleet({ stack, fleets }: Stack, name: string | undefined): FleetConfig {
  const candidates = fleets.filter(({ gcp, gcpAutoscaler }) => gcp ?? gcpAutoscaler);
  const names = candidates.map((fleet) => fleet.name).join(", ");
  if (candidates.length === 0)
    throw new BakeError(
      `Stack ${stack} has no fleet on Google Cloud, and images are baked for those: give a fleet the key gcp or gcpAutoscaler.`,
    );
  const [only, ...others] = candidates;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  const found = candidates.find((fleet) => fleet.name === name);
  if (found) return found;
  throw new BakeError(
    name === undefined
      ? `Stack ${stack} has several fleets on Google Cloud: name one of them with --fleet: ${names}.`
      : `Stack ${stack} has no fleet ${name} on Google Cloud; --fleet may be: ${names}.`,
  );
}

function selectLevels(fleet: FleetConfig, name: string | undefined): readonly TrustLevel[] {
  const levels = levelsOf(fleet.refs);
  if (name === undefined) return levels;
  const found = levels.find((level) => level === name);
  if (found) return [found];
  throw new BakeError(`Fleet ${fleet.name} has no level ${name}; --level may be: ${levels.join(", ")}.`);
}
