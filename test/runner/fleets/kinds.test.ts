/** Every kind of fleet: what is shown of it without an engine is what its program makes. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderStack } from "../../../render/render.ts";
import { recordStack } from "../../../render/resources.ts";
import { FLEET_KEYS, type FleetKey } from "../../../runner/fleets/kinds.ts";
import { parsed, seedValues } from "../../configs.ts";

/** The least that each kind needs to know of its machines. */
const MACHINES: Readonly<Record<FleetKey, unknown>> = {
  hosts: seedValues().fleets[0]?.hosts,
  gcp: { region: "europe-west1" },
  gcpAutoscaler: { zone: "europe-west1-b", plugin: "none" },
};

const configOf = (kind: FleetKey, refs: string) => {
  const { fleets, projects } = seedValues();
  const values = {
    fleets: fleets.map(({ hosts: _, ...fleet }) => ({
      ...fleet,
      refs,
      tags: ["buildx", "arm64"],
      jobTimeout: 1234,
      locked: false,
      [kind]: MACHINES[kind],
    })),
    projects,
  };
  return { ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.example.com" };
};

describe.each(FLEET_KEYS)("a fleet of the kind %s", (kind) => {
  it.each(["separated", "protected", "any"])(
    "has the runner records that runners.yaml shows, with refs %s",
    async (refs) => {
      const config = configOf(kind, refs);
      const shown = parse(renderStack(config).get("runners.yaml") ?? "") as Record<string, unknown>[];
      const made = (await recordStack(config)).filter(({ type }) => type.endsWith(":UserRunner"));
      expect(made.length).toBeGreaterThan(0);
      expect(
        made.map(({ inputs }) => ({
          description: inputs.description,
          tags: inputs.tagLists,
          protectedRefsOnly: inputs.accessLevel === "ref_protected",
          locked: inputs.locked,
          maximumTimeout: inputs.maximumTimeout,
        })),
      ).toEqual(shown.map(({ scope: _, token: __, ...record }) => record));
    },
  );
});
