/** What rendering says of a fleet is what its components register. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import type { Rendered } from "../../render/render.ts";
import { parsed, seedValues } from "../configs.ts";

interface Shown {
  readonly type: string;
  readonly name: string;
  readonly inputs?: Record<string, unknown>;
}

const gcp = {
  region: "europe-west1",
  zones: ["europe-west1-b", "europe-west1-c"],
  size: 4,
  machineType: "n2-standard-8",
  spot: true,
  localSsds: 2,
  schedules: [{ start: "0 7 * * 1-5", hours: 12, timeZone: "Europe/Berlin" }],
};

const cloudValues = (keys: Record<string, unknown> = gcp) => {
  const { projects } = seedValues();
  const fleet = { name: "linux", scope: { project: "acme/shop" }, tags: ["buildx"], gitlabRunner: "none" };
  return { fleets: [{ ...fleet, gcp: keys }], projects };
};

/** Pulumi's runtime is one for all of a process. */
async function rendered(values: Record<string, unknown>): Promise<Rendered> {
  const { renderResources } = await import("../../render/resources.ts");
  return await renderResources({ ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.example.com" });
}

const list = (files: Rendered): Shown[] => parse(files.get("resources/linux.yaml") ?? "") as Shown[];

const find = (shown: readonly Shown[], name: string, type: string) =>
  shown.find((one) => one.name === name && one.type.endsWith(`:${type}`))?.inputs;

afterEach(() => {
  vi.resetModules();
});

describe("a fleet on Google Cloud", () => {
  it("is shown with its resources as they are registered", async () => {
    const files = await rendered(cloudValues());
    const shown = list(files);
    expect(shown[0]).toEqual({ type: "buildx-runners:runner:GcpFleet", name: "linux" });
    expect(find(shown, "linux-group-template", "InstanceTemplate")).toMatchObject({
      machineType: "n2-standard-8",
      networkInterfaces: [{ subnetwork: "${linux-net-sub.id}" }],
    });
    expect(find(shown, "linux-group", "RegionInstanceGroupManager")).toMatchObject({
      versions: [{ instanceTemplate: "${linux-group-template.selfLinkUnique}" }],
    });
    expect(find(shown, "linux-open-socket", "UserRunner")).toMatchObject({
      projectId: "[number of acme/shop]",
      tagLists: ["buildx-open"],
    });
  });

  it("keeps its secrets to itself", async () => {
    const files = await rendered(cloudValues());
    expect(find(list(files), "linux-tokens-version", "SecretVersion")).toMatchObject({
      secret: "${linux-tokens.id}",
      secretData: "[secret]",
    });
  });

  it("has its scripts in files beside the list", async () => {
    const files = await rendered(cloudValues());
    const path = "linux/linux-group-template.metadata.startup-script";
    const script = files.get(`resources/${path}`) ?? "";
    expect(script).toMatch(/^#!\/bin\/bash\n/);
    const { metadata } = find(list(files), "linux-group-template", "InstanceTemplate") ?? {};
    expect(metadata).toMatchObject({ "startup-script": `[${script.split("\n").length} lines: ${path}]` });
  });

  it("says what runs when, what costs money and what quotas it needs", async () => {
    const page = (await rendered(cloudValues())).get("resources/linux.md") ?? "";
    for (const words of [
      "- linux-group: Mon-Fri 07:00-19:00 Europe/Berlin: 4 hosts; else 0\n",
      "| europe-west1-b, europe-west1-c | n2-standard-8 ",
      "| 100 GB pd-balanced + 375 GB local-ssd + 375 GB local-ssd | spot  | 4 ",
      "| 240 h a week, instead of 672",
      "| Cloud NAT ",
      "| 1 version, read once by each machine that boots",
      "| 6, 2 of them only while an update replaces machines |",
      "| linux-group: preemptible CPUs of N2 | 48 ",
    ])
      expect(page).toContain(words);
  });

  it("says of one without a schedule that it always runs", async () => {
    const page = (await rendered(cloudValues({ region: "europe-west1", size: 1 }))).get("resources/linux.md");
    expect(page).toContain("- linux-group: always, 1 machine\n");
    expect(page).toContain("| 168 h a week: 1 x 168");
    expect(page).not.toContain("local SSDs");
  });

  it("names no NAT of a network that it does not make", async () => {
    const network = {
      network: "projects/acme-ci/global/networks/shared",
      subnetwork: "projects/acme-ci/regions/europe-west1/subnetworks/builds",
    };
    const page = (await rendered(cloudValues({ ...gcp, network }))).get("resources/linux.md");
    expect(page).not.toContain("Cloud NAT");
  });

  it("is the same the second time", async () => {
    const first = await rendered(cloudValues());
    vi.resetModules();
    expect([...(await rendered(cloudValues()))]).toEqual([...first]);
  });
});

describe("an autoscaled fleet", () => {
  const autoscaled = {
    zone: "europe-west1-b",
    plugin: "none",
    maxInstances: 20,
    idle: [{ periods: ["* 8-17 * * 1-5"], timeZone: "Europe/Berlin", count: 2, time: 1800 }],
  };
  const values = () => {
    const { fleets, projects } = cloudValues();
    return {
      fleets: fleets.map(({ gcp: _, ...fleet }) => ({ ...fleet, gcpAutoscaler: autoscaled })),
      projects,
    };
  };

  it("is shown with its manager, and a group for each level", async () => {
    const files = await rendered(values());
    const page = files.get("resources/linux.md") ?? "";
    for (const words of [
      "| linux-manager   | europe-west1-b | e2-small ",
      "| linux-protected | europe-west1-b | e2-standard-4 | 100 GB pd-balanced | standard | 0 to 20 |",
      "- linux-manager: always, 1 machine\n",
      "- linux-open: one for each job (1 at once, 1 in all on a machine), 20 machines at most\n",
      "- linux-open, Mon-Fri 08:00-17:59 Europe/Berlin: machines for 2 jobs wait, each 1800 s\n",
      "| while jobs run, and while machines wait for jobs",
      "| linux-open: CPUs of E2      | 80 ",
    ])
      expect(page).toContain(words);
    const setup = files.get("resources/linux/linux-manager.metadata.buildx-runners-setup");
    expect(setup).toContain("${linux-open.name}");
  });

  it("shows each machine's own files", async () => {
    const { renderStack } = await import("../../render/render.ts");
    const files = renderStack({ ...parsed(values()), stack: "dev", gitlabUrl: "https://gitlab.example.com" });
    const places = new Set([...files.keys()].map((path) => /^hosts\/([^/]+)/.exec(path)?.[1]));
    places.delete(undefined);
    expect([...places]).toEqual(["linux-manager", "linux-worker-open", "linux-worker-protected"]);
  });
});

describe("a fleet over SSH", () => {
  it("is shown with its commands, whose connection is secret", async () => {
    const files = await rendered(seedValues());
    const setup = find(list(files), "linux-10.0.0.5-setup", "Command");
    expect(setup).toMatchObject({ create: "sudo -n /bin/bash -s", connection: "[secret]" });
    expect(JSON.stringify([...files])).not.toContain("MC4CAQAwBQYDK2Vw");
    expect(files.get("resources/linux.md")).toContain("| 10.0.0.5 | admin |");
  });
});

it("records nothing of a program that fails, but its error", async () => {
  const { record } = await import("../../render/record.ts");
  const failing = record({ project: "buildx-runners", stack: "dev" }, async () => {
    throw new Error("no such region");
  });
  await expect(failing).rejects.toThrow("no such region");
});

it("looks nothing up", async () => {
  const { record } = await import("../../render/record.ts");
  const gitlab = await import("@pulumi/gitlab");
  const asking = record({ project: "buildx-runners", stack: "dev" }, () =>
    gitlab.getProject({ pathWithNamespace: "acme/shop" }),
  );
  await expect(asking).rejects.toThrow(/calls .*getProject.*no look-ups/);
});
