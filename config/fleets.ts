/** The schema of `buildx-runners:fleets`: the keys of every fleet, and a key for each kind of fleet. */
import { z } from "zod";
import { commonKeys } from "../runner/fleets/common.ts";
import type { FleetProblem } from "../runner/fleets/kind.ts";
import { FLEET_KEYS, type FleetConfig, type FleetKey, kindOf } from "../runner/fleets/kinds.ts";

const kindKeys = Object.fromEntries(
  FLEET_KEYS.map((kind) => [kind, kindOf({ kind }).schema.optional()]),
) as Record<FleetKey, z.ZodOptional<z.ZodType>>;

const writtenFleet = z
  .strictObject({ ...commonKeys, ...kindKeys })
  .describe("Hosts of one kind with one set of tags.");

type WrittenFleet = z.output<typeof writtenFleet>;

const kindsIn = (fleet: WrittenFleet): FleetKey[] => FLEET_KEYS.filter((key) => fleet[key] !== undefined);

const listed = (names: readonly string[], conjunction: string): string =>
  [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(` ${conjunction} `);

function problemsOf(fleet: WrittenFleet): readonly FleetProblem[] {
  const [kind, other] = kindsIn(fleet);
  const [first, ...others] = FLEET_KEYS;
  if (first === undefined || kind === undefined)
    return [
      {
        path: [String(first)],
        message: `a list of one machine or more; or ${others.map((key) => `\`${key}\``).join(" or ")} instead of \`${first}\``,
      },
    ];
  if (other !== undefined)
    return [
      {
        path: [other],
        message: `one of ${listed(FLEET_KEYS, "and")}; this fleet has ${kind} already`,
      },
    ];
  return kindOf({ kind }).problems({ ...fleet, machines: fleet[kind] }, kind);
}

export const fleetSchema = writtenFleet
  .superRefine((fleet, context) => {
    for (const { path, message } of problemsOf(fleet))
      context.addIssue({ code: "custom", path: [...path], message });
  })
  .transform((fleet): FleetConfig => {
    const [kind] = kindsIn(fleet);
    if (kind === undefined) throw new Error(`fleet ${fleet.name} has no kind: this is a bug in the program`);
    const common = Object.fromEntries(
      Object.entries(fleet).filter(([key]) => key in commonKeys),
    ) as unknown as Pick<typeof fleet, keyof typeof commonKeys>;
    return { ...common, kind, machines: fleet[kind] };
  });
