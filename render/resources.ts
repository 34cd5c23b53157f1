/** What a stack's fleets would register with the engine, as files: one list and one page for each fleet. */
import type { FleetConfig, StackConfig } from "../config.ts";
import { createFleet } from "../runner/fleet.ts";
import type { Owner } from "../runner/owner.ts";
import { pageOf } from "./page.ts";
import { type Recorded, record, Sealed } from "./record.ts";
import { type Rendered, yaml } from "./render.ts";

/** Lines above which a text gets a file of its own: scripts, mostly. */
const LONG = 12;

/**
 * Records fleet after fleet: the process has one Pulumi runtime, which nothing else may use meanwhile.
 *
 * @returns `resources/<fleet>.yaml`, `resources/<fleet>.md`, and long texts below `resources/<fleet>/`.
 */
export async function renderResources(config: StackConfig): Promise<Rendered> {
  const files = new Map<string, string>();
  for (const fleet of config.fleets) {
    const resources = await recordFleet(config, fleet);
    const texts = new Map<string, string>();
    const list = resources.map((resource) => shown(resource, fleet, texts));
    files.set(`resources/${fleet.name}.md`, pageOf(config.stack, fleet, resources));
    files.set(`resources/${fleet.name}.yaml`, `${HEAD}${yaml(list)}`);
    for (const [path, text] of texts) files.set(`resources/${path}`, text);
  }
  return files;
}

const HEAD = `# Every resource of the fleet, in the order of the program. \${name.property} is a property of another resource,
# which its provider fills in; [secret] is encrypted in the stack's state.
`;

const recordFleet = (config: StackConfig, fleet: FleetConfig): Promise<Recorded[]> =>
  record({ project: "buildx-runners", stack: config.stack }, () =>
    createFleet(fleet.name, { config, fleet, owner: ownerOf(fleet.scope) }),
  );

/** GitLab has the numbers, and is not asked: {@link shown} writes what stands here in words. */
function ownerOf(scope: FleetConfig["scope"]): Owner {
  if ("instance" in scope) return { runnerType: "instance_type" };
  return "group" in scope
    ? { runnerType: "group_type", groupId: 0 }
    : { runnerType: "project_type", projectId: 0 };
}

function shown(
  { type, name, inputs }: Recorded,
  { name: fleet, scope }: FleetConfig,
  texts: Map<string, string>,
) {
  const value = (property: string, given: unknown): unknown => {
    if (property === "projectId" && "project" in scope) return `[number of ${scope.project}]`;
    if (property === "groupId" && "group" in scope) return `[number of ${scope.group}]`;
    return shortened(given, `${fleet}/${name}.${property}`, texts);
  };
  const entries = Object.entries(inputs).map(([property, given]) => [property, value(property, given)]);
  return { type, name, ...(entries.length > 0 ? { inputs: Object.fromEntries(entries) } : {}) };
}

/** Puts long texts into `texts`, and where to find them in their place. */
function shortened(value: unknown, path: string, texts: Map<string, string>): unknown {
  if (typeof value === "string") {
    const lines = value.split("\n").length;
    if (lines <= LONG) return value;
    texts.set(path, value);
    return `[${lines} lines: ${path}]`;
  }
  if (value instanceof Sealed) return value.toJSON();
  if (Array.isArray(value)) return value.map((inner, index) => shortened(inner, `${path}.${index}`, texts));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, shortened(inner, `${path}.${key}`, texts)]),
  );
}
