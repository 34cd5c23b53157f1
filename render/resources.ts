/** What a stack's fleets would register with the engine, as files: one list and one page for each fleet. */
import type { FleetConfig, ProjectConfig, StackConfig } from "../config.ts";
import { projectFiles, TargetProject } from "../pipeline/publish.ts";
import type { Fleet } from "../runner/fleets/kind.ts";
import { createFleet } from "../runner/fleets/kinds.ts";
import type { Owner } from "../runner/owner.ts";
import { pageOf } from "./page.ts";
import { keyOf, type Recorded, record, Sealed } from "./record.ts";
import { type Rendered, yaml } from "./render.ts";

/** Lines above which a text gets a file of its own: scripts, mostly. */
const LONG = 12;

/**
 * @param recorded as {@link recordStack} has them.
 * @returns `resources/<fleet>.yaml`, `resources/<fleet>.md`, and long texts below `resources/<fleet>/`.
 */
export async function renderResources(
  config: StackConfig,
  recorded: readonly Recorded[] | Promise<readonly Recorded[]> = recordStack(config),
): Promise<Rendered> {
  const files = new Map<string, string>();
  const all = await recorded;
  for (const fleet of config.fleets) {
    const resources = heldBy(all, fleet.name);
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

/**
 * Everything that the stack would register, fleets before projects; the process has one Pulumi runtime, which nothing
 * else may use meanwhile.
 */
export const recordStack = (config: StackConfig): Promise<Recorded[]> =>
  record({ project: "buildx-runners", stack: config.stack }, async () => {
    const fleets = new Map<string, readonly [FleetConfig, Fleet]>();
    for (const fleet of config.fleets) {
      const owner = ownerOf(fleet.scope);
      fleets.set(fleet.name, [fleet, await createFleet({ config, fleet, owner })]);
    }
    for (const project of config.projects) {
      const [fleet, component] = fleets.get(project.fleet) ?? [];
      if (fleet && component) recordProject(config, project, fleet, component);
    }
  });

function recordProject(
  config: StackConfig,
  project: ProjectConfig,
  fleet: FleetConfig,
  component: Fleet,
): void {
  new TargetProject(
    project.path,
    {
      project,
      fleet,
      // Only GitLab knows it, and it is not called here.
      branch: project.branch ?? "[default branch]",
      files: projectFiles(config, project),
      access: { api: `${config.gitlabUrl}/api/v4`, token: undefined, caFile: undefined },
    },
    { dependsOn: component },
  );
}

/** The component of this name at the top of the program, and all that is in it. */
export function heldBy(resources: readonly Recorded[], name: string): Recorded[] {
  const top = resources.find((resource) => resource.parent === undefined && resource.name === name);
  const held = new Set(top ? [keyOf(top)] : []);
  // A component comes before what it holds.
  for (const resource of resources)
    if (resource.parent !== undefined && held.has(resource.parent)) held.add(keyOf(resource));
  return resources.filter((resource) => held.has(keyOf(resource)));
}

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
