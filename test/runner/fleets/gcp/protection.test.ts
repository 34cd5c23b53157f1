import { beforeAll, describe, expect, it } from "vitest";
import { type Evaluation, evaluate } from "../recorder.ts";
import { everything, gcpValues } from "./values.ts";

const kindsOf = ({ resources, guarded }: Evaluation): { guarded: string[]; free: string[] } => {
  const kind = (type: string) => type.split(":").at(-1) ?? type;
  const all = resources.map(({ type, name }) => ({
    kind: kind(type),
    guarded: guarded.includes(`${type} ${name}`),
  }));
  const kinds = (wanted: boolean) =>
    [...new Set(all.filter((one) => one.guarded === wanted).map((one) => one.kind))].sort();
  return { guarded: kinds(true), free: kinds(false) };
};

describe("a protected stack", () => {
  let group: Evaluation;
  let autoscaler: Evaluation;
  beforeAll(async () => {
    group = await evaluate({ ...gcpValues(everything()), protect: true });
    const gcpAutoscaler = { zone: "europe-west1-b", plugin: "none" };
    autoscaler = await evaluate({ ...gcpValues({}, { gcp: undefined, gcpAutoscaler }), protect: true });
  });

  it("keeps what is one of its kind, and lets updates replace what has a successor", () => {
    expect(kindsOf(group).free).toEqual([
      "Firewall",
      "InstanceTemplate",
      "ManagedZone",
      "PrivateGoogleApis",
      "RecordSet",
      "RegionAutoscaler",
      "SecretVersion",
    ]);
    expect(kindsOf(group).guarded).toEqual(
      expect.arrayContaining([
        "Network",
        "RegionInstanceGroupManager",
        "RepositoryFile",
        "Secret",
        "UserRunner",
      ]),
    );
    expect(kindsOf(autoscaler).free).toEqual(["Firewall", "Instance", "InstanceTemplate", "SecretVersion"]);
  });

  it("is a choice", async () => {
    expect((await evaluate(gcpValues())).guarded).toEqual([]);
  });
});
