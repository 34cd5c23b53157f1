import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config.ts";
import { seedValues } from "../configs.ts";

type Values = Record<string, unknown>;

const GCP: Values = { region: "europe-west1" };
const AUTOSCALER: Values = { zone: "europe-west1-b", plugin: "none" };

/** The seed's configuration with its fleet on Google Cloud. */
function valuesWith(kind: Values, fleet: Values = {}): Values {
  const seed = seedValues();
  const [first] = seed.fleets;
  const { hosts: _, ...rest } = first ?? { hosts: [] };
  return { ...seed, fleets: [{ ...rest, ...kind, ...fleet }] };
}

function problems(values: Values): readonly string[] {
  const result = parseConfig(values);
  return "problems" in result ? result.problems : [];
}

function fleetOf(values: Values) {
  const result = parseConfig(values);
  if ("problems" in result) throw new Error(result.problems.join("\n"));
  return result.config.fleets[0];
}

describe("a fleet on Google Cloud", () => {
  it("needs a region and nothing else", () => {
    expect(fleetOf(valuesWith({ gcp: GCP }))?.machines).toEqual({
      region: "europe-west1",
      size: 1,
      machineType: "e2-standard-4",
      image: "projects/debian-cloud/global/images/family/debian-13",
      disk: { type: "pd-balanced", size: 100 },
      localSsds: 0,
      spot: false,
      network: { range: "10.20.0.0/24" },
      egress: [{ ports: [80, 443], ranges: ["0.0.0.0/0"] }],
      ssh: "iap",
      labels: {},
      updates: "rolling",
      schedules: [],
    });
  });

  it("gives every job of an autoscaler a machine of its own unless told otherwise", () => {
    expect(fleetOf(valuesWith({ gcpAutoscaler: AUTOSCALER }))?.machines).toMatchObject({
      capacityPerInstance: 1,
      maxUseCount: 1,
      maxInstances: 10,
      idle: [],
      manager: { machineType: "e2-small", diskSize: 20 },
    });
  });

  it("takes a baked image by its full name", () => {
    const image = "projects/acme-ci/global/images/buildx-host-1";
    expect(fleetOf(valuesWith({ gcp: { ...GCP, image } }))?.machines).toMatchObject({ image });
  });
});

const gcp = (changes: Values) => valuesWith({ gcp: { ...GCP, ...changes } });
const autoscaler = (changes: Values) => valuesWith({ gcpAutoscaler: { ...AUTOSCALER, ...changes } });

/** What is written, and the one sentence that answers it. */
const MISTAKES: readonly (readonly [what: string, values: Values, sentence: RegExp])[] = [
  [
    "a zone of another region",
    gcp({ zones: ["europe-west1-b", "us-east1-b"] }),
    /^buildx-runners:fleets\[0\]\.gcp\.zones\[1\]: "us-east1-b" is not allowed here; allowed: a zone of the region europe-west1$/,
  ],
  [
    "local SSDs for a machine type that takes none",
    gcp({ machineType: "e2-standard-4", localSsds: 1 }),
    /\.gcp\.localSsds: 1 is not allowed here; allowed: 0: no local SSD can be attached to e2-standard-4; the series that take them are .*n2/,
  ],
  [
    "three local SSDs",
    gcp({ machineType: "n2-standard-4", localSsds: 3 }),
    /\.gcp\.localSsds: 3 is not allowed here; allowed: 0, 1, 2, 4, 8, 16 or 24$/,
  ],
  [
    "a regional group for an autoscaler",
    autoscaler({ zone: "europe-west1" }),
    /\.gcpAutoscaler\.zone: "europe-west1" is not allowed here; allowed: a zone of Google Cloud, such as europe-west1-b$/,
  ],
  [
    "an autoscaler's region",
    autoscaler({ region: "europe-west1" }),
    /\.gcpAutoscaler\.region: unknown key; known here: .*zone/,
  ],
  [
    "no limit to a machine's jobs",
    autoscaler({ maxUseCount: 0 }),
    /\.gcpAutoscaler\.maxUseCount: 0 is not allowed here; allowed: 1 or more$/,
  ],
  [
    "a schedule that is no cron",
    gcp({ schedules: [{ start: "weekdays at seven", hours: 12 }] }),
    /\.gcp\.schedules\[0\]\.start: "weekdays at seven" is not allowed here; allowed: five fields of cron: 0 7 \* \* 1-5$/,
  ],
  [
    "an hour that no day has",
    gcp({ schedules: [{ start: "0 25 * * 1-5", hours: 12 }] }),
    /\.gcp\.schedules\[0\]\.start: "0 25 \* \* 1-5" is not allowed here; allowed: five fields of cron within their ranges/,
  ],
  [
    "a time zone that is none",
    gcp({ schedules: [{ start: "0 7 * * *", hours: 12, timeZone: "Europe/Atlantis" }] }),
    /\.timeZone: "Europe\/Atlantis" is not allowed here; allowed: a time zone by its IANA name/,
  ],
  [
    "an image that is no family",
    gcp({ image: "debian-13" }),
    /\.gcp\.image: "debian-13" is not allowed here; allowed: an image family as project\/family, such as debian-cloud\/debian-13, or/,
  ],
  [
    "one image of a family",
    gcp({ image: "debian-cloud/debian-13-trixie-v20260811" }),
    /\.gcp\.image: .* allowed: an image family, which names the newest image of its kind/,
  ],
  [
    "a family without docker-buildx",
    gcp({ image: "debian-cloud/debian-12" }),
    /fleets\[0\]\.packages: missing; needed: docker: the distribution of .*debian-12 has no docker-buildx$/,
  ],
  [
    "a subnetwork elsewhere",
    gcp({
      network: {
        network: "projects/acme-net/global/networks/shared",
        subnetwork: "projects/acme-net/regions/us-east1/subnetworks/ci",
      },
    }),
    /\.gcp\.network\.subnetwork: .* allowed: a subnetwork in europe-west1$/,
  ],
  [
    "jobs longer than a machine's shutdown",
    valuesWith({ gcp: GCP }, { jobTimeout: 7200 }),
    /fleets\[0\]\.jobTimeout: 7200 is not allowed here; allowed: 3600 or less: .* set gcp\.updates to manual$/,
  ],
  [
    "two kinds at once",
    valuesWith({ gcp: GCP, gcpAutoscaler: AUTOSCALER }),
    /fleets\[0\]\.gcpAutoscaler: a mapping is not allowed here; allowed: one of hosts, gcp and gcpAutoscaler; this fleet has gcp already$/,
  ],
  [
    "no kind",
    valuesWith({}),
    /fleets\[0\]\.hosts: missing; needed: a list of one machine or more; or `gcp` or `gcpAutoscaler` instead of `hosts`$/,
  ],
  [
    "a manager that forgets its machines",
    valuesWith(
      { gcpAutoscaler: AUTOSCALER },
      { gitlabRunner: { version: "v17.4.9", sha256: { amd64: "a".repeat(64) } } },
    ),
    /fleets\[0\]\.gitlabRunner\.version: "v17\.4\.9" is not allowed here; allowed: v17\.5\.0 or later/,
  ],
  [
    "a level's image that has no docker-buildx",
    autoscaler({ images: { open: "debian-cloud/debian-12" } }),
    /fleets\[0\]\.packages: .*docker: the distribution of projects\/debian-cloud\/global\/images\/family\/debian-12/,
  ],
  [
    "a shell executor on other machines",
    valuesWith({ gcpAutoscaler: AUTOSCALER }, { executor: "shell" }),
    /fleets\[0\]\.executor: "shell" is not allowed here; allowed: docker: gcpAutoscaler runs jobs in containers/,
  ],
  [
    "more machines kept ready than there may be",
    autoscaler({ maxInstances: 2, idle: [{ count: 3 }] }),
    /\.gcpAutoscaler\.maxInstances: 2 is not allowed here; allowed: enough machines for the 3 jobs/,
  ],
  [
    "the right to push for a whole instance",
    valuesWith(
      {
        gcp: {
          ...GCP,
          artifactRegistry: { repository: "projects/acme-ci/locations/europe-west1/repositories/images" },
        },
      },
      { scope: { instance: true } },
    ),
    /\.gcp\.artifactRegistry: a mapping is not allowed here; allowed: none: with scope \{ instance: true \} every project/,
  ],
];

describe("a mistake in it has one answer, before anything is created", () => {
  it.each(MISTAKES)("%s", (_, values, sentence) => {
    const found = problems(values);
    expect(found.filter((problem) => sentence.test(problem))).toHaveLength(1);
    expect(found).toHaveLength(1);
  });

  it("lets long jobs run where machines are not replaced under them", () => {
    expect(problems(valuesWith({ gcp: { ...GCP, updates: "manual" } }, { jobTimeout: 7200 }))).toEqual([]);
    expect(problems(valuesWith({ gcpAutoscaler: AUTOSCALER }, { jobTimeout: 7200 }))).toEqual([]);
  });
});
