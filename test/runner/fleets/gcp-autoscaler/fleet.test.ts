import { beforeAll, describe, expect, it } from "vitest";
import { autoscalerRules } from "../../../../runner/fleets/gcp-autoscaler/network.ts";
import { workersCondition } from "../../../../runner/fleets/gcp-autoscaler/rights.ts";
import { seedValues } from "../../../configs.ts";
import { type Evaluation, evaluate, only, tokenOf, unsealed } from "../recorder.ts";

type Values = Record<string, unknown>;

/** The seed's project, built by an autoscaler on Google Cloud. */
function autoscalerValues(gcpAutoscaler: Values = {}, fleet: Values = {}): Values {
  const { fleets, projects } = seedValues();
  const [{ hosts: _, ...seed } = { hosts: [] }] = fleets;
  return {
    fleets: [
      { ...seed, gcpAutoscaler: { zone: "europe-west1-b", plugin: "none", ...gcpAutoscaler }, ...fleet },
    ],
    projects,
  };
}

const LEVELS = ["open", "protected"] as const;
const tagsOf = (run: Evaluation) => {
  const { tags: [manager] = [] } = only(run, "Instance").inputs as { tags?: string[] };
  const { tags: [worker] = [] } = only(run, "InstanceTemplate", "linux-open-tmpl").inputs as {
    tags?: string[];
  };
  return { manager, worker };
};
const metadataOf = (run: Evaluation, type: string, name?: string) =>
  only(run, type, name).inputs.metadata as Record<string, string>;

/** Paths of the files that a set-up unpacks. */
const filesOf = (setup: string) =>
  [...setup.matchAll(/^(?:cat|printf %s .*) >"\$staging"'([^']+)'/gm)].map(([, path]) => path);

describe("an autoscaler that says nothing but its zone and plugin", () => {
  let run: Evaluation;
  beforeAll(async () => {
    run = await evaluate(autoscalerValues());
  });

  it("registers exactly this", () => {
    expect(
      run.resources
        .map(({ type, name }) => `${type} ${name}`)
        .filter((line) => !/pipeline|repositoryFile/i.test(line))
        .sort(),
    ).toEqual([
      "buildx-runners:runner:AutoscalerNetwork linux-net",
      "buildx-runners:runner:AutoscalerRights linux-rights",
      "buildx-runners:runner:Firewall linux-net-m",
      "buildx-runners:runner:Firewall linux-net-w",
      "buildx-runners:runner:GcpAutoscalerFleet linux",
      "buildx-runners:runner:GcpIdentity linux-identity",
      "buildx-runners:runner:GcpNetwork linux-net",
      "buildx-runners:runner:ManagerMachine linux-manager",
      "buildx-runners:runner:TokenSecret linux-tokens",
      "buildx-runners:runner:WorkerGroup linux-open",
      "buildx-runners:runner:WorkerGroup linux-protected",
      "gcp:compute/firewall:Firewall linux-net-m-deny-in",
      "gcp:compute/firewall:Firewall linux-net-m-deny-out",
      "gcp:compute/firewall:Firewall linux-net-m-egress-0",
      "gcp:compute/firewall:Firewall linux-net-m-ssh-iap",
      "gcp:compute/firewall:Firewall linux-net-m-to-workers",
      "gcp:compute/firewall:Firewall linux-net-w-deny-in",
      "gcp:compute/firewall:Firewall linux-net-w-deny-out",
      "gcp:compute/firewall:Firewall linux-net-w-egress-0",
      "gcp:compute/firewall:Firewall linux-net-w-ssh-manager",
      "gcp:compute/instance:Instance linux-manager",
      "gcp:compute/instanceGroupManager:InstanceGroupManager linux-open",
      "gcp:compute/instanceGroupManager:InstanceGroupManager linux-protected",
      "gcp:compute/instanceTemplate:InstanceTemplate linux-open-tmpl",
      "gcp:compute/instanceTemplate:InstanceTemplate linux-protected-tmpl",
      "gcp:compute/network:Network linux-net",
      "gcp:compute/router:Router linux-net-router",
      "gcp:compute/routerNat:RouterNat linux-net-nat",
      "gcp:compute/subnetwork:Subnetwork linux-net-sub",
      "gcp:projects/iAMCustomRole:IAMCustomRole linux-rights-groups",
      "gcp:projects/iAMCustomRole:IAMCustomRole linux-rights-workers",
      "gcp:projects/iAMMember:IAMMember linux-identity-logs",
      "gcp:projects/iAMMember:IAMMember linux-identity-metrics",
      "gcp:projects/iAMMember:IAMMember linux-rights-on-groups",
      "gcp:projects/iAMMember:IAMMember linux-rights-on-workers",
      "gcp:secretmanager/secret:Secret linux-tokens",
      "gcp:secretmanager/secretIamMember:SecretIamMember linux-tokens-reader",
      "gcp:secretmanager/secretVersion:SecretVersion linux-tokens-version",
      "gcp:serviceaccount/account:Account linux-identity",
      "gitlab:index/userRunner:UserRunner linux-open",
      "gitlab:index/userRunner:UserRunner linux-protected",
    ]);
  });

  it("has one runner for each level, with the tags of every class", () => {
    const records = run.resources.filter(({ type }) => type.endsWith(":UserRunner"));
    expect(records.map(({ inputs }) => [inputs.description, inputs.tagLists, inputs.accessLevel])).toEqual([
      ["test/linux/open", ["buildx-open", "buildx-open-plain"], "not_protected"],
      ["test/linux/protected", ["buildx-protected", "buildx-protected-plain"], "ref_protected"],
    ]);
  });

  it("makes an empty group for each level, whose size and machines are the plugin's alone", () => {
    for (const level of LEVELS) {
      expect(only(run, "InstanceGroupManager", `linux-${level}`).inputs).toEqual({
        zone: "europe-west1-b",
        baseInstanceName: expect.stringMatching(/^linux-[0-9a-f]{8}$/),
        versions: [{ instanceTemplate: expect.stringContaining(`/linux-${level}-tmpl?uniqueId=`) }],
        targetSize: 0,
        instanceLifecyclePolicy: { defaultActionOnFailure: "DO_NOTHING" },
        updatePolicy: {
          type: "OPPORTUNISTIC",
          minimalAction: "REPLACE",
          mostDisruptiveAllowedAction: "REPLACE",
          replacementMethod: "SUBSTITUTE",
          maxSurgeFixed: 0,
          maxUnavailableFixed: 1,
        },
        waitForInstances: false,
      });
    }
    const [open, other] = LEVELS.map(
      (level) => only(run, "InstanceGroupManager", `linux-${level}`).inputs.baseInstanceName,
    );
    expect(open).not.toBe(other);
    expect(run.resources.some(({ type }) => /autoscaler:|healthCheck:/i.test(type))).toBe(false);
  });

  it("makes workers without a service account, which Google neither drains nor starts again", () => {
    for (const level of LEVELS) {
      const { inputs } = only(run, "InstanceTemplate", `linux-${level}-tmpl`);
      expect(inputs).not.toHaveProperty("serviceAccount");
      expect(inputs).toMatchObject({
        region: "europe-west1",
        machineType: "e2-standard-4",
        networkInterfaces: [
          { subnetwork: "projects/acme-ci/regions/europe-west1/subnetworks/linux-net-sub" },
        ],
        shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
        canIpForward: false,
        labels: { "managed-by": "buildx-runners", stack: "test", fleet: "linux" },
      });
      expect(inputs.scheduling).toEqual({
        provisioningModel: "STANDARD",
        preemptible: false,
        automaticRestart: false,
        onHostMaintenance: "MIGRATE",
      });
    }
  });

  it("gives a worker its own level's set-up without runners, and keeps Google's agent from its account", () => {
    for (const [level, other] of [LEVELS, [...LEVELS].reverse()] as const) {
      const metadata = metadataOf(run, "InstanceTemplate", `linux-${level}-tmpl`);
      const setup = metadata["buildx-runners-setup"] ?? "";
      expect(Object.keys(metadata).sort()).toEqual([
        "block-project-ssh-keys",
        "buildx-runners-setup",
        "enable-guest-attributes",
        "enable-oslogin",
        "serial-port-enable",
        "startup-script",
      ]);
      expect(metadata).toMatchObject({ "enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE" });
      expect(setup).toContain(`LEVELS='${level}'`);
      expect(setup).not.toContain(`LEVELS='${other}'`);
      expect(filesOf(setup)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/config\.toml$|\/register\.sh$|gitlab-runner/)]),
      );
    }
  });

  it("has one manager that keeps its disk and its identity, and waits for its jobs", () => {
    const { metadata: _, serviceAccount, ...manager } = only(run, "Instance").inputs;
    expect(manager).toMatchObject({
      zone: "europe-west1-b",
      machineType: "e2-small",
      allowStoppingForUpdate: true,
      canIpForward: false,
      bootDisk: {
        autoDelete: true,
        initializeParams: {
          image: "projects/debian-cloud/global/images/family/debian-13",
          size: 20,
          type: "pd-balanced",
        },
      },
      networkInterfaces: [{ subnetwork: "projects/acme-ci/regions/europe-west1/subnetworks/linux-net-sub" }],
      scheduling: {
        provisioningModel: "STANDARD",
        preemptible: false,
        automaticRestart: true,
        gracefulShutdown: { enabled: true, maxDuration: { seconds: 3600 } },
      },
      shieldedInstanceConfig: { enableSecureBoot: true },
    });
    expect(serviceAccount).toEqual({
      email: expect.stringMatching(/^linux-[0-9a-f]{8}@acme-ci\.iam\.gserviceaccount\.com$/),
      scopes: ["https://www.googleapis.com/auth/cloud-platform"],
    });
  });

  it("gives the manager its groups, and the place of the tokens", () => {
    const metadata = metadataOf(run, "Instance");
    const setup = metadata["buildx-runners-setup"] ?? "";
    for (const level of LEVELS) expect(setup).toContain(`name = "linux-${level}"`);
    expect(filesOf(setup)).toContain("/usr/local/lib/buildx-runners/register.sh");
    expect(setup).toContain('project = "acme-ci"');
    expect(setup).toContain('zone = "europe-west1-b"');
    expect(metadata["buildx-runners-secret"]).toMatch(/^projects\/.*\/secrets\/linux-tokens\/versions\/\d+$/);
    expect(metadata["startup-script"]).toMatch(/^#!\/bin\/bash\n/);
  });

  it("gives the tokens to one secret that the manager alone may read, and to nothing else", () => {
    const { secretData, ...rest } = only(run, "SecretVersion").inputs;
    expect(unsealed(secretData)).toBe(
      LEVELS.map((level) => `test/linux/${level}\t${tokenOf(`linux-${level}`)}\n`).join(""),
    );
    const others = run.resources.filter(({ type }) => !type.endsWith(":SecretVersion"));
    const elsewhere = JSON.stringify([...others, rest, run.outputs]);
    for (const level of LEVELS) {
      const token = tokenOf(`linux-${level}`);
      expect(elsewhere.includes(token), "in plain text").toBe(false);
      expect(elsewhere.includes(Buffer.from(token).toString("base64").slice(0, 20)), "in base64").toBe(false);
    }
  });

  it("lets the manager do what the plugin does, and narrows it to its own workers where Google can", () => {
    const roles = run.resources.filter(({ type }) => type.endsWith(":IAMCustomRole"));
    expect(roles.map(({ inputs }) => [inputs.roleId, inputs.permissions])).toEqual([
      [
        expect.stringMatching(/^buildxRunners\.groups\.linux_[0-9a-f]{8}$/),
        ["compute.instanceGroupManagers.get", "compute.instanceGroupManagers.update"],
      ],
      [
        expect.stringMatching(/^buildxRunners\.workers\.linux_[0-9a-f]{8}$/),
        ["compute.instances.get", "compute.instances.setMetadata"],
      ],
    ]);
    const prefixes = LEVELS.map((level) =>
      String(only(run, "InstanceGroupManager", `linux-${level}`).inputs.baseInstanceName),
    );
    const grants = run.resources.filter(({ type }) => /IAMMember|IamMember/.test(type));
    expect(grants.map(({ inputs }) => [inputs.role, inputs.condition])).toEqual(
      expect.arrayContaining([
        [expect.stringContaining("/roles/buildxRunners.groups."), undefined],
        [
          expect.stringContaining("/roles/buildxRunners.workers."),
          {
            title: "workers of this fleet",
            expression: workersCondition("acme-ci", "europe-west1-b", prefixes),
          },
        ],
        ["roles/logging.logWriter", undefined],
        ["roles/monitoring.metricWriter", undefined],
        ["roles/secretmanager.secretAccessor", undefined],
      ]),
    );
    expect(grants).toHaveLength(5);
  });

  it("lets only the manager connect to a worker", () => {
    const tags = tagsOf(run);
    const rules = run.resources
      .filter(({ type }) => type.endsWith(":Firewall") && type.startsWith("gcp:"))
      .map(({ inputs }) => inputs);
    const toWorkers = rules.filter(
      ({ direction, targetTags }) => direction === "INGRESS" && String(targetTags) === tags.worker,
    );
    expect(toWorkers).toEqual([
      expect.objectContaining({ denies: [{ protocol: "all" }], sourceRanges: ["0.0.0.0/0"], priority: 950 }),
      expect.objectContaining({
        allows: [{ protocol: "tcp", ports: ["22"] }],
        sourceTags: [tags.manager],
        priority: 900,
      }),
    ]);
    expect(toWorkers[1]).not.toHaveProperty("sourceRanges");
    const fromManager = rules.filter(
      ({ targetTags, destinationRanges }) =>
        String(targetTags) === tags.manager && String(destinationRanges) === "10.20.0.0/24",
    );
    expect(fromManager).toEqual([
      expect.objectContaining({ direction: "EGRESS", allows: [{ protocol: "tcp", ports: ["22"] }] }),
    ]);
    for (const rule of rules) expect(rule).not.toHaveProperty("targetServiceAccounts");
  });

  it("has its machines made in an order in which each finds what it needs", () => {
    const at = (name: string) =>
      run.resources.findIndex((resource) => resource.name === name && resource.type.startsWith("gcp:"));
    for (const earlier of [
      "linux-open",
      "linux-protected",
      "linux-tokens-version",
      "linux-rights-on-workers",
      "linux-net-w-ssh-manager",
    ])
      expect(at(earlier), earlier).toBeLessThan(at("linux-manager"));
    expect(at("linux-net-w-deny-in")).toBeLessThan(at("linux-open"));
  });

  it("is the same when it is evaluated again", async () => {
    const again = await evaluate(autoscalerValues());
    const plain = ({ resources }: Evaluation) =>
      [...resources].sort((a, b) => (`${a.type}${a.name}` < `${b.type}${b.name}` ? -1 : 1));
    expect(plain(again)).toEqual(plain(run));
  });

  it("can be previewed, when neither names nor tokens are known", async () => {
    const preview = await evaluate(autoscalerValues(), { preview: true });
    const names = ({ resources }: Evaluation) => resources.map(({ name, type }) => `${type} ${name}`).sort();
    expect(names(preview)).toEqual(names(run));
  });
});

describe("an autoscaler", () => {
  it("of one level has one group, one runner and one template, with plain tags", async () => {
    const run = await evaluate(autoscalerValues({}, { refs: "protected" }));
    expect(only(run, "UserRunner").inputs).toMatchObject({
      tagLists: ["buildx", "buildx-plain"],
      accessLevel: "ref_protected",
    });
    only(run, "InstanceGroupManager", "linux-protected");
    only(run, "InstanceTemplate");
  });

  it("makes spot machines, local disks, another manager and a network that exists, when told", async () => {
    const run = await evaluate(
      autoscalerValues({
        spot: true,
        machineType: "n2-standard-8",
        localSsds: 1,
        manager: { machineType: "e2-medium", diskSize: 30 },
        network: {
          network: "projects/acme-net/global/networks/shared",
          subnetwork: "projects/acme-net/regions/europe-west1/subnetworks/runners",
        },
        egress: [{ ports: [443], ranges: ["203.0.113.0/24"] }],
        ssh: "off",
      }),
    );
    expect(only(run, "InstanceTemplate", "linux-open-tmpl").inputs).toMatchObject({
      machineType: "n2-standard-8",
      scheduling: { provisioningModel: "SPOT", instanceTerminationAction: "DELETE" },
      disks: [{ boot: true }, { type: "SCRATCH", interface: "NVME" }],
    });
    expect(only(run, "Instance").inputs).toMatchObject({
      machineType: "e2-medium",
      scheduling: { provisioningModel: "STANDARD" },
      bootDisk: { initializeParams: { size: 30 } },
    });
    const rules = run.resources.filter(({ type }) => type.endsWith("firewall:Firewall"));
    expect(rules.map(({ name }) => name).sort()).toEqual([
      "linux-net-m-deny-in",
      "linux-net-m-deny-out",
      "linux-net-m-egress-0",
      "linux-net-m-google-apis",
      "linux-net-m-to-workers",
      "linux-net-w-deny-in",
      "linux-net-w-deny-out",
      "linux-net-w-egress-0",
      "linux-net-w-ssh-manager",
    ]);
    for (const { inputs } of rules) expect(inputs.project).toBe("acme-net");
    expect(rules.find(({ name }) => name.endsWith("to-workers"))?.inputs.destinationRanges).toEqual([
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "100.64.0.0/10",
    ]);
  });

  it("takes another image for a level that has one", async () => {
    const baked = "projects/acme-ci/global/images/burst-protected";
    const run = await evaluate(autoscalerValues({ images: { protected: baked } }));
    const imageOf = (level: string) => only(run, "InstanceTemplate", `linux-${level}-tmpl`).inputs.disks;
    expect(imageOf("open")).toMatchObject([
      { sourceImage: "projects/debian-cloud/global/images/family/debian-13" },
    ]);
    expect(imageOf("protected")).toMatchObject([{ sourceImage: baked }]);
  });

  it("makes no rule if rules are managed elsewhere", () => {
    const network = { network: "", subnetwork: "", firewall: false };
    expect(autoscalerRules({ network, egress: [], ssh: "iap" }, "tag")).toEqual({ manager: [], workers: [] });
  });
});

describe("the condition on workers", () => {
  it("names the instances of each group by the beginning of their names", () => {
    expect(workersCondition("acme-ci", "europe-west1-b", ["a-1", "b-2"])).toBe(
      'resource.type == "compute.googleapis.com/Instance" && (resource.name.startsWith("projects/acme-ci/zones/europe-west1-b/instances/a-1-") || resource.name.startsWith("projects/acme-ci/zones/europe-west1-b/instances/b-2-"))',
    );
  });
});
