/** What the keys of a fleet on Google Cloud do. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Evaluation, evaluate, only } from "../recorder.ts";
import { everything, gcpValues } from "./values.ts";

const names = ({ resources }: Evaluation) => resources.map(({ type, name }) => `${type} ${name}`).sort();

describe("a fleet that says everything", () => {
  let run: Evaluation;
  beforeAll(async () => {
    run = await evaluate(gcpValues(everything()));
  });

  it("makes machines of what it says", () => {
    const local = { type: "SCRATCH", diskType: "local-ssd", interface: "NVME", diskSizeGb: 375 };
    expect(only(run, "InstanceTemplate").inputs).toMatchObject({
      machineType: "n2-standard-8",
      disks: [
        {
          boot: true,
          diskType: "pd-ssd",
          diskSizeGb: 200,
          diskEncryptionKey: {
            kmsKeySelfLink: "projects/acme-keys/locations/europe-west1/keyRings/ci/cryptoKeys/disks",
          },
        },
        local,
        local,
      ],
      // The three labels of the product cannot be hidden.
      labels: { team: "platform", "managed-by": "buildx-runners", stack: "test", fleet: "linux" },
    });
    expect(only(run, "Secret").inputs.labels).toMatchObject({ team: "platform", fleet: "linux" });
  });

  it("spreads them over its zones, one more in each for an update", () => {
    expect(only(run, "RegionInstanceGroupManager").inputs).toMatchObject({
      distributionPolicyZones: ["europe-west1-b", "europe-west1-d"],
      updatePolicy: { maxSurgeFixed: 2, maxUnavailableFixed: 0 },
    });
  });

  it("leaves the size to the schedules, with no machine outside of them", () => {
    expect(only(run, "RegionInstanceGroupManager").inputs).not.toHaveProperty("targetSize");
    expect(only(run, "RegionAutoscaler").inputs).toEqual({
      region: "europe-west1",
      target: "projects/acme-ci/regions/europe-west1/instanceGroupManagers/linux-group",
      autoscalingPolicy: {
        mode: "ON",
        minReplicas: 0,
        maxReplicas: 7,
        scalingSchedules: [
          {
            name: "schedule-0",
            schedule: "0 7 * * 1-5",
            timeZone: "Europe/Berlin",
            durationSec: 43200,
            minRequiredReplicas: 5,
          },
          {
            name: "schedule-1",
            schedule: "0 10 * * 6",
            timeZone: "UTC",
            durationSec: 1800,
            minRequiredReplicas: 7,
          },
        ],
      },
    });
  });

  it("reaches Google's APIs by their private addresses, since it may not go everywhere", () => {
    expect(only(run, "Firewall", "linux-fw-google-apis").inputs).toMatchObject({
      direction: "EGRESS",
      allows: [{ protocol: "tcp", ports: ["443"] }],
      destinationRanges: ["199.36.153.8/30", "199.36.153.4/30"],
    });
    const network = "projects/acme-ci/global/networks/linux-net";
    expect(
      run.resources.filter(({ type }) => type.startsWith("gcp:dns/")).map(({ inputs }) => inputs),
    ).toMatchObject([
      { dnsName: "googleapis.com.", privateVisibilityConfig: { networks: [{ networkUrl: network }] } },
      { dnsName: "pkg.dev.", privateVisibilityConfig: { networks: [{ networkUrl: network }] } },
      { name: "private.googleapis.com.", type: "A", rrdatas: expect.arrayContaining(["199.36.153.8"]) },
      { name: "pkg.dev.", type: "A" },
      { name: "*.googleapis.com.", type: "CNAME", rrdatas: ["private.googleapis.com."] },
      { name: "*.pkg.dev.", type: "CNAME", rrdatas: ["pkg.dev."] },
    ]);
  });

  it("lets the project's jobs push as themselves, and no other project's", () => {
    const id = only(run, "WorkloadIdentityPool").inputs.workloadIdentityPoolId;
    expect(id).toMatch(/^gitlab-1[0-9]{20}$/);
    expect(only(run, "WorkloadIdentityPoolProvider").inputs).toMatchObject({
      workloadIdentityPoolId: id,
      workloadIdentityPoolProviderId: "gitlab",
      oidc: { issuerUri: "https://gitlab.example.com" },
      attributeCondition: 'assertion.project_id == "42" && assertion.project_path == "acme/shop"',
      attributeMapping: {
        "google.subject": '"project:" + assertion.project_id + ":job:" + assertion.job_id',
        "attribute.project_path": "assertion.project_path",
      },
    });
    expect(only(run, "RepositoryIamMember").inputs).toEqual({
      project: "acme-ci",
      location: "europe-west1",
      repository: "images",
      role: "roles/artifactregistry.writer",
      member: `principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/${id}/*`,
    });
    expect(run.outputs.hosts).toMatchObject({
      "linux/europe-west1": {
        workloadIdentityProvider: `projects/123456789012/locations/global/workloadIdentityPools/${id}/providers/gitlab`,
      },
    });
  });
});

describe("a fleet of spot machines without SSH, updated by hand", () => {
  let run: Evaluation;
  beforeAll(async () => {
    run = await evaluate(
      gcpValues({ spot: true, ssh: "off", updates: "manual", zones: ["europe-west1-b"], size: 2 }),
    );
  });

  it("gives a machine up within the 30 seconds there are", () => {
    expect(only(run, "InstanceTemplate").inputs.scheduling).toEqual({
      provisioningModel: "SPOT",
      preemptible: true,
      automaticRestart: false,
      onHostMaintenance: "TERMINATE",
      instanceTerminationAction: "DELETE",
    });
    const { metadata } = only(run, "RegionInstanceGroupManager").inputs.allInstancesConfig as {
      metadata: Record<string, string>;
    };
    expect(metadata["buildx-runners-setup"]).toMatch(/^SHUTDOWN_SECONDS='?30'?$/m);
  });

  it("allows no SSH", () => {
    expect(names(run).filter((name) => name.includes("ssh"))).toEqual([]);
    expect(JSON.stringify(run.outputs.hosts)).not.toContain("ssh");
  });

  it("never replaces a machine by itself", () => {
    expect(only(run, "RegionInstanceGroupManager").inputs.updatePolicy).toMatchObject({
      type: "PROACTIVE",
      minimalAction: "REFRESH",
      mostDisruptiveAllowedAction: "REFRESH",
      maxSurgeFixed: 0,
      maxUnavailableFixed: 1,
    });
  });
});

describe("a fleet in a network that exists", () => {
  const network = {
    network: "projects/acme-net/global/networks/shared",
    subnetwork: "projects/acme-net/regions/europe-west1/subnetworks/ci",
  };

  it("makes rules for its own machines there, and nothing else", async () => {
    const run = await evaluate(gcpValues({ network }));
    expect(names(run).filter((name) => /:Network|:Subnetwork|:Router|:ManagedZone/.test(name))).toEqual([]);
    expect(only(run, "InstanceTemplate").inputs.networkInterfaces).toEqual([
      { subnetwork: network.subnetwork },
    ]);
    const rules = run.resources.filter(({ type }) => type.endsWith(":Firewall") && type.startsWith("gcp:"));
    expect(rules).toHaveLength(5);
    const { email } = only(run, "InstanceTemplate").inputs.serviceAccount as { email: string };
    for (const { inputs } of rules)
      expect(inputs).toMatchObject({
        project: "acme-net",
        network: network.network,
        targetServiceAccounts: [email],
        description: expect.stringMatching(/\.$/),
      });
  });

  it("leaves its firewall to others where that is said", async () => {
    const run = await evaluate(gcpValues({ network: { ...network, firewall: false } }));
    expect(names(run).filter((name) => name.startsWith("gcp:compute/firewall"))).toEqual([]);
  });
});

it("lets the jobs of a group and what is below it push", async () => {
  const artifactRegistry = { repository: "projects/acme-ci/locations/europe-west1/repositories/images" };
  const run = await evaluate(gcpValues({ artifactRegistry }, { scope: { group: "acme" } }));
  expect(only(run, "WorkloadIdentityPoolProvider").inputs.attributeCondition).toBe(
    'assertion.namespace_path == "acme" || assertion.namespace_path.startsWith("acme/")',
  );
});

it("keeps every name within Google's 63 characters and an account's 30", async () => {
  const name = `l${"o".repeat(38)}g`;
  const { fleets, projects } = gcpValues({ ...everything() }, { name, refs: "any" });
  const run = await evaluate({ fleets, projects: projects.map((project) => ({ ...project, fleet: name })) });
  for (const { type, name: logical } of run.resources.filter(({ type }) =>
    /^gcp:(?:compute|dns\/managedZone)/.test(type),
  ))
    expect(`${logical}-1234567`.length, `${type} ${logical}`).toBeLessThanOrEqual(63);
  expect(only(run, "Account").inputs.accountId).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
});

it("stops before anything is made where the set-up does not fit into metadata", async () => {
  const certificate = `-----BEGIN CERTIFICATE-----\n${`${"A".repeat(64)}\n`.repeat(4200)}-----END CERTIFICATE-----\n`;
  await expect(evaluate(gcpValues({}, { caCertificates: [certificate] }))).rejects.toThrow(
    /^fleet linux: the metadata value buildx-runners-setup has \d+ bytes, and Google's limit is 262144; remove certificates/,
  );
});
