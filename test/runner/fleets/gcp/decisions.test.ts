/** What is decided about groups, metadata, rules and names, without a resource. */
import { describe, expect, it } from "vitest";
import { firewallRules, PRIORITY, reachesAllHttps } from "../../../../runner/fleets/gcp/firewall.ts";
import { type GroupFacts, timeouts, updatePolicy } from "../../../../runner/fleets/gcp/group.ts";
import { groupMetadata, metadataProblem, TEMPLATE_METADATA } from "../../../../runner/fleets/gcp/metadata.ts";
import { accountId, fleetLabels } from "../../../../runner/fleets/gcp/names.ts";
import { templateArgs } from "../../../../runner/fleets/gcp/template.ts";

const group: GroupFacts["gcp"] = { size: 1, updates: "rolling", schedules: [] };
const schedule = { start: "0 7 * * *", hours: 1, timeZone: "UTC" };

describe("an operation on a group counts as failed", () => {
  it.each([
    ["one machine", group, 3600, { create: "105m", update: "105m", delete: "75m" }],
    ["nine machines in three zones", { ...group, size: 9 }, 3600, { create: "285m" }],
    [
      "a schedule's four in one zone",
      { ...group, zones: ["z"], schedules: [{ ...schedule, size: 4 }] },
      30,
      { create: "137m" },
    ],
    ["spot machines", group, 30, { create: "46m", delete: "16m" }],
  ])("%s", (_, gcp, shutdownSeconds, expected) => {
    expect(timeouts({ gcp, shutdownSeconds })).toMatchObject(expected);
  });
});

describe("an update", () => {
  it("adds one machine for each zone, and takes none away before", () => {
    expect(updatePolicy(group)).toMatchObject({ maxSurgeFixed: 3, maxUnavailableFixed: 0 });
    expect(updatePolicy({ ...group, zones: ["a", "b"] })).toMatchObject({ maxSurgeFixed: 2 });
  });

  it("by hand adds none, and may do nothing that stops one", () => {
    expect(updatePolicy({ ...group, updates: "manual" })).toMatchObject({
      mostDisruptiveAllowedAction: "REFRESH",
      maxSurgeFixed: 0,
      maxUnavailableFixed: 3,
    });
  });
});

describe("a machine", () => {
  const facts = {
    machine: {
      machineType: "g2-standard-8",
      image: "i",
      disk: { type: "pd-ssd", size: 50 },
      localSsds: 1,
      spot: false,
    },
    region: "europe-west1",
    subnetwork: "s",
    serviceAccount: undefined,
    shutdownSeconds: 3600,
    labels: {},
    metadata: {},
    description: "d",
  } as const;

  it("with accelerators stops for maintenance, where others are moved", () => {
    const { machine } = facts;
    expect(templateArgs(facts).scheduling).toMatchObject({
      onHostMaintenance: "TERMINATE",
      automaticRestart: true,
    });
    expect(
      templateArgs({ ...facts, machine: { ...machine, machineType: "n2-standard-8" } }).scheduling,
    ).toMatchObject({ onHostMaintenance: "MIGRATE" });
  });

  it("has no identity without an account, and never an address of the Internet", () => {
    const args = templateArgs(facts);
    expect(args).not.toHaveProperty("serviceAccount");
    expect(args.networkInterfaces).toEqual([{ subnetwork: "s" }]);
  });
});

describe("metadata", () => {
  const kibibytes = (count: number) => "x".repeat(count * 1024);

  it("is taken as far as Google takes it", () => {
    const metadata = groupMetadata(kibibytes(256), "projects/p/secrets/s/versions/1");
    expect(metadataProblem(TEMPLATE_METADATA, metadata)).toBeUndefined();
  });

  it("is counted in bytes, not in characters", () => {
    expect(metadataProblem(groupMetadata("ü".repeat(131_073), ""))).toMatch(
      /^the metadata value buildx-runners-setup has 262146 bytes, and Google's limit is 262144; remove certificates/,
    );
  });

  it("is counted as a whole, too", () => {
    const parts = ["a", "b", "c"].map((key) => ({ [key]: kibibytes(200) }));
    expect(metadataProblem(...parts)).toMatch(/has 614403 bytes, and Google's limit is 524288/);
  });

  it("leaves accounts to OS Login, and takes no key that is the whole project's", () => {
    expect(TEMPLATE_METADATA).toMatchObject({
      "enable-oslogin": "TRUE",
      "block-project-ssh-keys": "TRUE",
    });
  });
});

describe("a firewall", () => {
  const all = [{ ports: [80, 443], ranges: ["0.0.0.0/0"] }];
  const open = { ssh: "iap", egress: all, healthCheck: true } as const;

  it("denies before the network's own rules allow, and after its exceptions", () => {
    expect(PRIORITY.allow).toBeLessThan(PRIORITY.deny);
    expect(PRIORITY.deny).toBeLessThan(1000);
  });

  it("lets only Google's proxy and probes in", () => {
    const ingress = firewallRules({ ...open, egress: [...all] }).filter(
      ({ direction, action }) => direction === "INGRESS" && action === "allow",
    );
    expect(ingress.map(({ ranges, ports }) => ({ ranges, ports }))).toEqual([
      { ranges: ["35.235.240.0/20"], ports: [22] },
      { ranges: ["35.191.0.0/16", "130.211.0.0/22"], ports: [8093] },
    ]);
  });

  it("allows no connection without SSH and health check", () => {
    const rules = firewallRules({ ssh: "off", egress: [...all], healthCheck: false });
    expect(rules.map(({ name }) => name)).toEqual(["deny-in", "deny-out", "egress-0"]);
  });

  it.each([
    [true, all],
    [true, [{ ports: [443], ranges: ["10.0.0.0/8", "0.0.0.0/0"] }]],
    [false, [{ ports: [80], ranges: ["0.0.0.0/0"] }]],
    [false, [{ ports: [443], ranges: ["203.0.113.0/24"] }]],
    [false, []],
  ])("reaches Google's APIs where they are: %s", (expected, egress) => {
    expect(reachesAllHttps(egress)).toBe(expected);
    const names = firewallRules({ ...open, egress }).map(({ name }) => name);
    expect(names.includes("google-apis")).toBe(!expected);
  });

  it("says of every rule why it is there, and leaves room in its name", () => {
    for (const { name, reason } of firewallRules({
      ...open,
      egress: Array.from({ length: 10 }, () => ({ ports: [1], ranges: ["10.0.0.0/8"] })),
    })) {
      expect(reason).toMatch(/^[A-Z].*\.$/);
      expect(name.length, name).toBeLessThanOrEqual(11);
    }
  });
});

describe("names", () => {
  it("has different names for fleets of the same name, the same every time", () => {
    expect(accountId("dev", "linux")).toBe(accountId("dev", "linux"));
    expect(
      new Set([accountId("dev", "linux"), accountId("prod", "linux"), accountId("dev", "linux", "manager")])
        .size,
    ).toBe(3);
  });

  it("makes labels of whatever a stack is called, and hides none of the three", () => {
    expect(fleetLabels("Acme.Prod", "linux", { team: "a", stack: "mine" })).toEqual({
      team: "a",
      stack: "acme-prod",
      fleet: "linux",
      "managed-by": "buildx-runners",
    });
  });
});
