/** What a change of one thing changes of an autoscaled fleet, and nothing else: by URN, operation and property. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StackUpdate } from "../../../stack/engine.ts";
import { seedValues } from "../../configs.ts";
import { changesOf, Stack } from "./stack.ts";

const FLEET = "buildx-runners:runner:GcpAutoscalerFleet";
const GROUP = `${FLEET}$buildx-runners:runner:WorkerGroup`;
const template = (level: string) =>
  `${GROUP}$gcp:compute/instanceTemplate:InstanceTemplate::linux-${level}-tmpl`;
const group = (level: string) =>
  `${GROUP}$gcp:compute/instanceGroupManager:InstanceGroupManager::linux-${level}`;
const MANAGER = `${FLEET}$buildx-runners:runner:ManagerMachine$gcp:compute/instance:Instance::linux-manager`;
const VERSION = `${FLEET}$buildx-runners:runner:TokenSecret$gcp:secretmanager/secretVersion:SecretVersion::linux-tokens-version`;

type Values = Record<string, unknown>;

/** The fleet alone: what a project gets is no matter of its. */
function fleetValues(gcpAutoscaler: Values = {}, fleet: Values = {}): Values {
  const [{ hosts: _, ...seed } = { hosts: [] }] = seedValues().fleets;
  return {
    fleets: [
      { ...seed, gcpAutoscaler: { zone: "europe-west1-b", plugin: "none", ...gcpAutoscaler }, ...fleet },
    ],
  };
}

const POLICY = {
  idle: [{ periods: ["* 8-17 * * 1-5"], timeZone: "Europe/Berlin", count: 2 }],
  maxInstances: 20,
};

let stack: Stack;
let first: StackUpdate;

beforeAll(async () => {
  stack = await Stack.start();
  first = await (await stack.engine(fleetValues())).up();
});
afterAll(() => stack.stop());

/** Deploys on top of what is there. */
async function changedBy(values: Values): Promise<string[]> {
  return changesOf(await (await stack.engine(values)).up());
}

// Each test deploys on top of the one before it: an engine's run takes seconds.
describe("an autoscaled fleet, once deployed", () => {
  it("was made whole, with no token in the clear in the state", () => {
    expect(first.unchanged).toBe(0);
    expect(new Set(first.changes.map(({ op }) => op))).toEqual(new Set(["create"]));
    const tokens = stack.standIn.gitlab.runners().map(({ token }) => token);
    expect(tokens).toHaveLength(2);
    for (const token of tokens) expect(stack.keptText().includes(token)).toBe(false);
  });

  it("is left alone when nothing changed", async () => {
    expect(await changedBy(fleetValues())).toEqual([]);
  });

  it("gets another idle policy and another number of machines in its manager, without a restart of that", async () => {
    expect(await changedBy(fleetValues(POLICY))).toEqual([`update ${MANAGER} metadata`]);
  });

  it("gets another machine type by other templates, which the same groups take", async () => {
    expect(await changedBy(fleetValues({ ...POLICY, machineType: "n2-standard-8" }))).toEqual([
      `replace ${template("open")} machineType`,
      `replace ${template("protected")} machineType`,
      `update ${group("open")} versions`,
      `update ${group("protected")} versions`,
    ]);
  });

  it("gives the manager another machine type by stopping it, and takes another token by the secret", async () => {
    const [victim] = stack.standIn.gitlab
      .runners()
      .filter(({ description }) => description === "test/linux/open");
    expect((await stack.standIn.call("DELETE", `runners/${victim?.id}`)).status).toBe(204);
    const manager = { machineType: "e2-medium" };
    const engine = await stack.engine(fleetValues({ ...POLICY, machineType: "n2-standard-8", manager }));
    await engine.refresh();
    expect(changesOf(await engine.up())).toEqual([
      `create ${FLEET}$gitlab:index/userRunner:UserRunner::linux-open`,
      `replace ${VERSION} secretData`,
      `update ${MANAGER} machineType,metadata`,
    ]);
  });

  it("makes another manager for another image, after the old one is gone", async () => {
    const manager = { machineType: "e2-medium", image: "debian-cloud/debian-14" };
    expect(await changedBy(fleetValues({ ...POLICY, machineType: "n2-standard-8", manager }))).toEqual([
      `replace ${MANAGER} bootDisk`,
    ]);
  });
});
