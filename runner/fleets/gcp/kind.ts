/** A fixed group of hosts on Google Cloud. */

import type { HostSettings } from "../../host/settings.ts";
import { RECORD_FOR_EACH_CLASS } from "../../records.ts";
import { hostSettings } from "../../settings.ts";
import type { FleetKind, FleetOf, FleetProblem, StackFacts } from "../kind.ts";
import { cloudProblems, LONGEST_SHUTDOWN, OWN_REPOSITORY, shutdownSeconds } from "./machine.ts";
import { type GcpConfig, gcpSchema } from "./schema.ts";

const settings = (config: StackFacts, fleet: FleetOf<GcpConfig>): HostSettings => ({
  ...hostSettings(config, fleet, RECORD_FOR_EACH_CLASS),
  cloud: { provider: "google", shutdownSeconds: shutdownSeconds(fleet.machines), healthCheck: true },
});

/** No change of a stack may end a job, and Google does not wait longer. */
const updateProblems = ({ machines: { updates, spot }, jobTimeout }: FleetOf<GcpConfig>): FleetProblem[] =>
  updates === "rolling" && !spot && jobTimeout > LONGEST_SHUTDOWN
    ? [
        {
          path: ["jobTimeout"],
          message: `${LONGEST_SHUTDOWN} or less: Google gives a machine that is replaced an hour for its jobs; for longer ones set gcp.updates to manual`,
        },
      ]
    : [];

export const gcpKind: FleetKind<GcpConfig> = {
  title: "A fixed group on Google Cloud",
  schema: gcpSchema,
  records: RECORD_FOR_EACH_CLASS,
  perStack: OWN_REPOSITORY,
  problems: (fleet, key) => [
    ...cloudProblems(fleet, key, [fleet.machines.image], fleet.machines.artifactRegistry),
    ...updateProblems(fleet),
  ],
  place: ({ machines: { region, image, artifactRegistry } }) => ({
    place: "google",
    region,
    image,
    repository: artifactRegistry?.repository,
  }),
  // Machines of a group are all alike.
  machines: (config, fleet) => [{ name: fleet.name, settings: settings(config, fleet) }],
  images: (config, fleet) => [{ settings: settings(config, fleet) }],
  async create(name, args, opts) {
    const { GcpFleet } = await import("./fleet.ts");
    return new GcpFleet(name, { ...args, settings: settings(args.config, args.fleet) }, opts);
  },
};
