/** What a change of one thing changes, and nothing else: by URN, operation and property. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StackUpdate } from "../../../stack/engine.ts";
import { gcpValues } from "../../runner/fleets/gcp/values.ts";
import { changesOf, Stack } from "./stack.ts";

const FLEET = "buildx-runners:runner:GcpFleet";
const GROUP = `${FLEET}$buildx-runners:runner:HostGroup`;
const TEMPLATE = `${GROUP}$gcp:compute/instanceTemplate:InstanceTemplate::linux-group-template`;
const MANAGER = `${GROUP}$gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager::linux-group`;
const VERSION = `${FLEET}$buildx-runners:runner:TokenSecret$gcp:secretmanager/secretVersion:SecretVersion::linux-tokens-version`;

/** Fleets alone: what a project gets is no matter of theirs. */
const fleetValues = (gcp: Record<string, unknown> = {}, fleet: Record<string, unknown> = {}) => ({
  fleets: gcpValues({ size: 2, ...gcp }, fleet).fleets,
});

let stack: Stack;
let first: StackUpdate;

beforeAll(async () => {
  stack = await Stack.start();
  first = await (await stack.engine(fleetValues())).up();
});
afterAll(() => stack.stop());

// Each test deploys on top of the one before it: an engine's run takes seconds.
describe("a fleet on Google Cloud, once deployed", () => {
  it("was made whole, with no token in the clear in the state", () => {
    expect(first.unchanged).toBe(0);
    expect(new Set(first.changes.map(({ op }) => op))).toEqual(new Set(["create"]));
    const kept = stack.keptText();
    expect(kept).toContain("linux-tokens-version");
    const tokens = stack.standIn.gitlab.runners().map(({ token }) => token);
    expect(tokens).toHaveLength(4);
    for (const token of tokens) expect(kept.includes(token)).toBe(false);
    expect(JSON.stringify(first).includes("glrt-")).toBe(false);
  });

  it("is left alone when nothing changed", async () => {
    expect(changesOf(await (await stack.engine(fleetValues())).up())).toEqual([]);
  });

  it("grows by an update of the group's size", async () => {
    const engine = await stack.engine(fleetValues({ size: 5 }));
    expect(changesOf(await engine.up())).toEqual([`update ${MANAGER} targetSize`]);
  });

  it("gets another machine type by another template, which the same group takes", async () => {
    const engine = await stack.engine(fleetValues({ size: 5, machineType: "n2-standard-8" }));
    const expected = [`replace ${TEMPLATE} machineType`, `update ${MANAGER} versions`];
    expect(changesOf(await engine.preview())).toEqual(expected);
    expect(changesOf(await engine.up())).toEqual(expected);
  });

  it("gets another set-up in place, by the group's metadata alone", async () => {
    const engine = await stack.engine(
      fleetValues({ size: 5, machineType: "n2-standard-8" }, { concurrency: 2 }),
    );
    expect(changesOf(await engine.up())).toEqual([`update ${MANAGER} allInstancesConfig`]);
  });

  it("takes another token by another version of the secret, then by the group's metadata", async () => {
    const { gitlab } = stack.standIn;
    const [victim] = gitlab.runners().filter(({ description }) => description === "test/linux/open/socket");
    expect((await stack.standIn.call("DELETE", `runners/${victim?.id}`)).status).toBe(204);
    const values = fleetValues({ size: 5, machineType: "n2-standard-8" }, { concurrency: 2 });
    const engine = await stack.engine(values);
    await engine.refresh();
    expect(changesOf(await engine.up())).toEqual([
      `create ${FLEET}$gitlab:index/userRunner:UserRunner::linux-open-socket`,
      `replace ${VERSION} secretData`,
      `update ${MANAGER} allInstancesConfig`,
    ]);
  });

  it("moves to other zones by another group, and leaves its size to schedules and a port to a rule", async () => {
    const gcp = {
      size: 5,
      machineType: "n2-standard-8",
      zones: ["europe-west1-b"],
      schedules: [{ start: "0 7 * * 1-5", hours: 12 }],
      egress: [{ ports: [80, 443] }, { ports: [22], ranges: ["203.0.113.7/32"] }],
    };
    const engine = await stack.engine(fleetValues(gcp, { concurrency: 2 }));
    expect(changesOf(await engine.up())).toEqual([
      `create ${FLEET}$buildx-runners:runner:Firewall$gcp:compute/firewall:Firewall::linux-fw-egress-1`,
      `create ${GROUP}$gcp:compute/regionAutoscaler:RegionAutoscaler::linux-group-scaler`,
      `replace ${MANAGER} distributionPolicyZones`,
    ]);
  });

  it("goes machines first, while they can still tell GitLab that they go", async () => {
    const { changes } = await (await stack.engine(fleetValues())).destroy();
    const gone = changes.filter(({ op }) => op === "delete").map(({ urn }) => urn.split("$").at(-1) ?? "");
    const group = gone.indexOf(
      "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager::linux-group",
    );
    expect(group).toBeGreaterThanOrEqual(0);
    const needed = /^g.*:(?:RouterNat|Firewall|SecretVersion|SecretIamMember|Account|UserRunner)::/;
    const [early, late] = [gone.slice(0, group), gone.slice(group + 1)].map((part) =>
      part.filter((urn) => needed.test(urn)),
    );
    expect(early).toEqual([]);
    expect(late).toHaveLength(14);
    expect(stack.standIn.gitlab.runners()).toEqual([]);
  });
});
