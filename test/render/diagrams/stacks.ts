/** Whole stacks, drawn: the process has one Pulumi runtime, so that tests of these are alone in theirs. */
import type { StackConfig } from "../../../config.ts";
import { renderDiagrams } from "../../../render/diagrams/draw.ts";
import { type Rendered, renderStack } from "../../../render/render.ts";
import { recordStack } from "../../../render/resources.ts";
import { HOST_KEY, parsed, seedValues } from "../../configs.ts";
import { projects } from "../../pipeline/golden/projects.ts";
import { deliveryPicture } from "./pictures.ts";

/** Three hosts, and every project of test/pipeline/golden. */
export const everyProject = (): StackConfig => {
  const { fleets } = seedValues();
  const hosts = [1, 2, 3].map((number) => ({
    address: `10.0.0.${number}`,
    user: "admin",
    hostKey: HOST_KEY,
  }));
  const values = {
    fleets: fleets.map((fleet) => ({ ...fleet, scope: { group: "acme" }, hosts })),
    projects: Object.entries(projects).map(([name, keys]) => ({
      path: `acme/${name}`,
      fleet: "linux",
      ...keys,
    })),
  };
  return { ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.example.com" };
};

export async function drawnStack(config: StackConfig): Promise<Rendered> {
  const recorded = await recordStack(config);
  const { pipeline: delivery } = deliveryPicture();
  return renderDiagrams(config, { recorded, files: renderStack(config), delivery });
}
