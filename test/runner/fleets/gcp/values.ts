/** Configurations of fleets on Google Cloud that tests start from. */
import { seedValues } from "../../../configs.ts";

type Values = Record<string, unknown>;

/** The seed's project, built by a fleet on Google Cloud. */
export function gcpValues(gcp: Values = {}, fleet: Values = {}): Values & { readonly projects: Values[] } {
  const { fleets, projects } = seedValues();
  const [{ hosts: _, ...seed } = { hosts: [] }] = fleets;
  return { fleets: [{ ...seed, gcp: { region: "europe-west1", ...gcp }, ...fleet }], projects };
}

/** Everything that a fleet can have. */
export const everything = (): Values => ({
  zones: ["europe-west1-d", "europe-west1-b"],
  size: 5,
  machineType: "n2-standard-8",
  localSsds: 2,
  disk: {
    type: "pd-ssd",
    size: 200,
    kmsKey: "projects/acme-keys/locations/europe-west1/keyRings/ci/cryptoKeys/disks",
  },
  network: { range: "10.30.0.0/22" },
  egress: [{ ports: [443], ranges: ["203.0.113.0/24"] }],
  labels: { team: "platform", fleet: "mine" },
  schedules: [
    { start: "0 7 * * 1-5", hours: 12, timeZone: "Europe/Berlin" },
    { start: "0 10 * * 6", hours: 0.5, size: 7 },
  ],
  artifactRegistry: { repository: "projects/acme-ci/locations/europe-west1/repositories/images" },
});
