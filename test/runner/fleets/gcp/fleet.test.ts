import { beforeAll, describe, expect, it } from "vitest";
import { kindOf } from "../../../../runner/fleets/kinds.ts";
import { setupScript } from "../../../../runner/host/archive.ts";
import { hostFiles } from "../../../../runner/host/files.ts";
import { parsed } from "../../../configs.ts";
import { type Evaluation, evaluate, only, tokenOf, unsealed } from "../recorder.ts";
import { gcpValues } from "./values.ts";

const fleetOf = (values: Readonly<Record<string, unknown>>) => {
  const [fleet] = parsed(values).fleets;
  if (!fleet) throw new Error("no fleet");
  return fleet;
};

function setupOf(values: Readonly<Record<string, unknown>>): string {
  const fleet = fleetOf(values);
  const [machine] = kindOf(fleet).machines({ stack: "test", gitlabUrl: "https://gitlab.example.com" }, fleet);
  if (!machine) throw new Error("the fleet has no machine");
  return setupScript(hostFiles(machine.settings));
}

/** A value that is not known yet, as mocks see it. */
const UNKNOWN = { __pulumiUnknown: true };

const names = ({ resources }: Evaluation) => resources.map(({ type, name }) => `${type} ${name}`).sort();
const position = ({ resources }: Evaluation, name: string) =>
  resources.findIndex((resource) => resource.name === name && !resource.type.startsWith("buildx-runners:"));

const records = ({ resources }: Evaluation) =>
  resources
    .filter(({ type }) => type.endsWith(":UserRunner"))
    .map(({ name }) => ({ name, token: tokenOf(name) }));

describe("a fleet that says nothing but its region", () => {
  let run: Evaluation;
  beforeAll(async () => {
    run = await evaluate(gcpValues());
  });

  it("registers exactly this", () => {
    expect(names(run)).toEqual([
      "buildx-runners:pipeline:TargetProject acme/shop",
      "buildx-runners:runner:Firewall linux-fw",
      "buildx-runners:runner:GcpFleet linux",
      "buildx-runners:runner:GcpIdentity linux-identity",
      "buildx-runners:runner:GcpNetwork linux-net",
      "buildx-runners:runner:HostGroup linux-group",
      "buildx-runners:runner:TokenSecret linux-tokens",
      "gcp:compute/firewall:Firewall linux-fw-deny-in",
      "gcp:compute/firewall:Firewall linux-fw-deny-out",
      "gcp:compute/firewall:Firewall linux-fw-egress-0",
      "gcp:compute/firewall:Firewall linux-fw-health",
      "gcp:compute/firewall:Firewall linux-fw-ssh-iap",
      "gcp:compute/healthCheck:HealthCheck linux-group-health",
      "gcp:compute/instanceTemplate:InstanceTemplate linux-group-template",
      "gcp:compute/network:Network linux-net",
      "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager linux-group",
      "gcp:compute/router:Router linux-net-router",
      "gcp:compute/routerNat:RouterNat linux-net-nat",
      "gcp:compute/subnetwork:Subnetwork linux-net-sub",
      "gcp:projects/iAMMember:IAMMember linux-identity-logs",
      "gcp:projects/iAMMember:IAMMember linux-identity-metrics",
      "gcp:secretmanager/secret:Secret linux-tokens",
      "gcp:secretmanager/secretIamMember:SecretIamMember linux-tokens-reader",
      "gcp:secretmanager/secretVersion:SecretVersion linux-tokens-version",
      "gcp:serviceaccount/account:Account linux-identity",
      "gitlab:index/repositoryFile:RepositoryFile acme/shop-build",
      "gitlab:index/repositoryFile:RepositoryFile acme/shop-pipeline",
      "gitlab:index/userRunner:UserRunner linux-open-plain",
      "gitlab:index/userRunner:UserRunner linux-open-socket",
      "gitlab:index/userRunner:UserRunner linux-protected-plain",
      "gitlab:index/userRunner:UserRunner linux-protected-socket",
    ]);
  });

  it("has a network of its own that people and jobs leave by NAT alone", () => {
    expect(only(run, "Network").inputs).toMatchObject({ autoCreateSubnetworks: false });
    expect(only(run, "Subnetwork").inputs).toMatchObject({
      region: "europe-west1",
      ipCidrRange: "10.20.0.0/24",
      privateIpGoogleAccess: true,
      network: "projects/acme-ci/global/networks/linux-net",
    });
    expect(only(run, "RouterNat").inputs).toMatchObject({
      router: "linux-net-router",
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [
        {
          name: "projects/acme-ci/regions/europe-west1/subnetworks/linux-net-sub",
          sourceIpRangesToNats: ["PRIMARY_IP_RANGE"],
        },
      ],
    });
    const { networkInterfaces } = only(run, "InstanceTemplate").inputs;
    expect(networkInterfaces).toEqual([
      { subnetwork: "projects/acme-ci/regions/europe-west1/subnetworks/linux-net-sub" },
    ]);
  });

  it("has its own account, which may read one secret and write logs and metrics", () => {
    const account = only(run, "Account").inputs.accountId;
    expect(account).toMatch(/^linux-[0-9a-f]{8}$/);
    const member = `serviceAccount:${account}@acme-ci.iam.gserviceaccount.com`;
    const grants = run.resources.filter(({ type }) => /Iam|IAM/.test(type)).map(({ inputs }) => inputs);
    expect(grants).toEqual([
      { project: "acme-ci", role: "roles/logging.logWriter", member },
      { project: "acme-ci", role: "roles/monitoring.metricWriter", member },
      {
        secretId: "projects/acme-ci/secrets/linux-tokens",
        role: "roles/secretmanager.secretAccessor",
        member,
      },
    ]);
    expect(only(run, "InstanceTemplate").inputs.serviceAccount).toEqual({
      email: `${account}@acme-ci.iam.gserviceaccount.com`,
      scopes: ["https://www.googleapis.com/auth/cloud-platform"],
    });
  });

  it("gives the tokens to one secret, marked as one, and to nothing else", () => {
    const { secretData, ...rest } = only(run, "SecretVersion").inputs;
    expect(unsealed(secretData)).toBe(
      ["open/socket", "open/plain", "protected/socket", "protected/plain"]
        .map((place) => `test/linux/${place}\t${tokenOf(`linux-${place.replace("/", "-")}`)}\n`)
        .join(""),
    );
    const others = run.resources.filter(({ type }) => !type.endsWith(":SecretVersion"));
    const elsewhere = JSON.stringify([...others, rest, run.outputs]);
    for (const { token } of records(run)) {
      expect(elsewhere.includes(token), "in plain text").toBe(false);
      expect(elsewhere.includes(Buffer.from(token).toString("base64").slice(0, 20)), "in base64").toBe(false);
    }
    expect(rest).toEqual({
      secret: "projects/acme-ci/secrets/linux-tokens",
      deletionPolicy: "DELETE",
    });
  });

  it("makes machines that are shielded, drain, and carry the startup script", () => {
    const { metadata, ...template } = only(run, "InstanceTemplate").inputs as {
      metadata: Record<string, string>;
    };
    expect(template).toMatchObject({
      region: "europe-west1",
      machineType: "e2-standard-4",
      disks: [
        {
          boot: true,
          autoDelete: true,
          sourceImage: "projects/debian-cloud/global/images/family/debian-13",
          diskType: "pd-balanced",
          diskSizeGb: 100,
        },
      ],
      scheduling: {
        provisioningModel: "STANDARD",
        preemptible: false,
        automaticRestart: true,
        onHostMaintenance: "MIGRATE",
        gracefulShutdown: { enabled: true, maxDuration: { seconds: 3600 } },
      },
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
      canIpForward: false,
      labels: { "managed-by": "buildx-runners", stack: "test", fleet: "linux" },
    });
    expect(template).not.toHaveProperty("tags");
    const { "startup-script": startup, ...settings } = metadata;
    expect(startup).toMatch(/^#!\/bin\/bash\n/);
    expect(startup).not.toMatch(/^\. /m);
    expect(settings).toEqual({
      "block-project-ssh-keys": "TRUE",
      "enable-guest-attributes": "TRUE",
      "enable-oslogin": "TRUE",
      "serial-port-enable": "FALSE",
    });
  });

  it("keeps the group at its size and in health, and never ends a job for a change", () => {
    expect(only(run, "RegionInstanceGroupManager").inputs).toEqual({
      region: "europe-west1",
      baseInstanceName: "linux",
      targetSize: 1,
      versions: [
        {
          instanceTemplate: expect.stringMatching(
            /\/global\/instanceTemplates\/linux-group-template\?uniqueId=/,
          ),
        },
      ],
      autoHealingPolicies: {
        healthCheck: "projects/acme-ci/global/healthChecks/linux-group-health",
        initialDelaySec: 1800,
      },
      instanceLifecyclePolicy: { defaultActionOnFailure: "REPAIR", forceUpdateOnRepair: "YES" },
      updatePolicy: {
        type: "PROACTIVE",
        minimalAction: "REFRESH",
        mostDisruptiveAllowedAction: "REPLACE",
        replacementMethod: "SUBSTITUTE",
        maxSurgeFixed: 3,
        maxUnavailableFixed: 0,
        instanceRedistributionType: "NONE",
      },
      waitForInstances: true,
      waitForInstancesStatus: "STABLE",
      allInstancesConfig: {
        metadata: {
          "buildx-runners-setup": setupOf(gcpValues()),
          "buildx-runners-secret": expect.stringMatching(
            /^projects\/123456789012\/secrets\/linux-tokens\/versions\/[0-9]+$/,
          ),
        },
      },
    });
    expect(only(run, "HealthCheck").inputs).toMatchObject({
      httpHealthCheck: { port: 8093, requestPath: "/healthz" },
    });
  });

  it("commits after the group, and makes the group after everything that its machines need", () => {
    const group = position(run, "linux-group");
    for (const name of [
      "linux-net-nat",
      "linux-fw-deny-out",
      "linux-fw-egress-0",
      "linux-identity-logs",
      "linux-tokens-reader",
      "linux-tokens-version",
      "linux-protected-plain",
    ]) {
      expect(position(run, name), name).toBeGreaterThanOrEqual(0);
      expect(position(run, name), name).toBeLessThan(group);
    }
    expect(position(run, "acme/shop-build")).toBeGreaterThan(group);
  });

  it("has commands that inspect its machines", () => {
    expect(run.outputs.hosts).toEqual({
      "linux/europe-west1": {
        group: "linux-group",
        machines:
          "gcloud compute instance-groups managed list-instances linux-group --project=acme-ci --region=europe-west1",
        status: expect.stringMatching(
          /--format='value\(instance\)' \| xargs -n 1 gcloud compute instances get-guest-attributes --query-path=buildx-runners\/status$/,
        ),
        console: expect.stringContaining("get-serial-port-output NAME"),
        ssh: "gcloud compute ssh NAME --project=acme-ci --zone=ZONE --tunnel-through-iap",
        doctor:
          "gcloud compute ssh NAME --project=acme-ci --zone=ZONE --tunnel-through-iap --command='sudo buildx-doctor'",
        replace: expect.stringContaining("recreate-instances linux-group"),
      },
    });
  });

  it("is the same the second time", async () => {
    const again = await evaluate(gcpValues());
    // The stand-in numbers accounts at random, as Google does; nothing of this fleet is named by it.
    expect(again.resources).toEqual(run.resources);
    expect(again.outputs).toEqual(run.outputs);
  });

  it("previews with everything unknown that Google and GitLab decide", async () => {
    const { resources } = await evaluate(gcpValues(), { preview: true });
    expect(resources.map(({ name }) => name).sort()).toEqual(run.resources.map(({ name }) => name).sort());
    const text = JSON.stringify(resources.filter(({ type }) => type.startsWith("gcp:")));
    expect(text.match(/undefined|\[object Object\]|Calling \[toString\]/g)).toBeNull();
    const group = only({ resources }, "RegionInstanceGroupManager").inputs;
    // The set-up is known, so that its change can be read in a preview.
    expect(group.allInstancesConfig).toEqual({
      metadata: { "buildx-runners-setup": setupOf(gcpValues()), "buildx-runners-secret": UNKNOWN },
    });
    expect(unsealed(only({ resources }, "SecretVersion").inputs.secretData)).toEqual(UNKNOWN);
  });
});
