/** A stack's resources as a diagram: what is made of them, and what waits for what. */
import { machinesOf } from "../machines.ts";
import { keyOf, type Recorded, Sealed } from "../record.ts";
import { bundled, reduced } from "./edges.ts";
import { counted, type Diagram, type DiagramGroup, type DiagramNode, type Mark } from "./model.ts";

/** Resources that are one box, in the order of the program. */
interface Bundle {
  readonly id: string;
  /** The component at the top of the program that holds them. */
  readonly root: Recorded;
  /** The component below it that holds them, if one does. */
  readonly component?: Recorded;
  readonly resources: readonly Recorded[];
}

const lastPart = (type: string): string => type.slice(type.lastIndexOf(":") + 1);

/** `RegionInstanceGroupManager` as `region instance group manager`. */
const words = (name: string): string =>
  name
    .replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, " ")
    .toLowerCase()
    .replaceAll(/\b(?:iam|nat|dns)\b/g, (letters) => letters.toUpperCase());

/** Kinds of which a project has many alike: they share a box. */
const TOGETHER: Readonly<Record<string, string>> = {
  ProjectVariable: "CI/CD variables",
  PipelineSchedule: "Schedules",
  PipelineScheduleVariable: "Schedules",
  TagProtection: "Protected tags",
};

/** From the resource's component up to the one at the top. */
function holdersOf(resource: Recorded, byKey: ReadonlyMap<string, Recorded>): Recorded[] {
  const holder = resource.parent === undefined ? undefined : byKey.get(resource.parent);
  return holder ? [holder, ...holdersOf(holder, byKey)] : [];
}

/** A host's set-up and the tokens for it are apart: runner records come between them. */
const isApart = ({ type }: Recorded): boolean => lastPart(type) === "SshHost";

function bundlesOf(resources: readonly Recorded[]): Bundle[] {
  const byKey = new Map(resources.map((resource) => [keyOf(resource), resource]));
  const bundles = new Map<string, Bundle>();
  for (const resource of resources.filter(({ custom }) => custom)) {
    const [root, component] = holdersOf(resource, byKey).toReversed();
    const whole = component && !isApart(component) ? component : undefined;
    const together = TOGETHER[lastPart(resource.type)];
    const id = whole ? keyOf(whole) : together && root ? `${together} of ${root.name}` : keyOf(resource);
    const others = bundles.get(id)?.resources ?? [];
    bundles.set(id, {
      id,
      root: root ?? resource,
      ...(component ? { component } : {}),
      resources: [...others, resource],
    });
  }
  return [...bundles.values()];
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);

type Face = Pick<DiagramNode, "title" | "lines" | "kind" | "marks">;

const face = (
  kind: DiagramNode["kind"],
  title: string,
  lines: readonly string[],
  marks: readonly Mark[] = [],
): Face => ({ kind, title, lines, marks });

const LEVELS: Readonly<Record<string, Mark>> = {
  ref_protected: { kind: "protected", text: "protected refs" },
  not_protected: { kind: "open", text: "any ref" },
};

/** Of kinds that say more than their names; given all resources of the box. */
const FACES: Readonly<Record<string, (resources: readonly [Recorded, ...Recorded[]]) => Face>> = {
  UserRunner: ([{ inputs }]) =>
    face(
      "record",
      text(inputs.description),
      texts(inputs.tagLists),
      [LEVELS[text(inputs.accessLevel)]].filter((mark) => mark !== undefined),
    ),
  ProjectVariable: (variables) =>
    face(
      "secret",
      counted(variables.length, "CI/CD variable"),
      variables.map(({ inputs }) =>
        [text(inputs.key), inputs.masked === true && "masked", inputs.protected === true && "protected"]
          .filter(Boolean)
          .join(", "),
      ),
    ),
  RepositoryFile: ([{ inputs, name }]) =>
    face("file", text(inputs.filePath), [
      name.endsWith("-pipeline") ? "commit: starts a pipeline" : "commit: starts none",
    ]),
  PipelineSchedule: (schedules) =>
    face(
      "operate",
      counted(schedules.filter(({ type }) => lastPart(type) === "PipelineSchedule").length, "schedule"),
      schedules.flatMap(({ inputs: { description, cron } }) =>
        cron === undefined ? [] : [`${text(description)}: ${text(cron)}`],
      ),
    ),
  TagProtection: (protections) =>
    face(
      "other",
      counted(protections.length, "protected tag"),
      protections.map(({ inputs }) => text(inputs.tag)),
    ),
  ProjectContainerTagProtection: ([{ inputs }]) =>
    face("other", "protected image tags", [text(inputs.minimumAccessLevelForPush).toLowerCase()]),
};

/** A command on a host: its part of the name says what it does. */
function commandFace({ name }: Recorded, host: Recorded, fleet: Recorded): Face {
  const address = host.name.slice(fleet.name.length + 1);
  const part = name.slice(host.name.length + 1);
  return part === "register"
    ? face("secret", address, ["by standard input"])
    : face("host", address, ["rootless Docker, BuildKit,", "runner manager"]);
}

/** `Network`, `3 firewalls`: what a component is made of. */
function partsOf(resources: readonly Recorded[]): string[] {
  const kinds = resources.map(({ type }) => words(lastPart(type)));
  return [...new Set(kinds)].map((kind) => counted(kinds.filter((one) => one === kind).length, kind));
}

/** Templates are there for groups, which say it all. */
function machineLines(resources: readonly Recorded[]): string[] {
  return machinesOf(resources).map(
    ({ size, machineType, where, spot }) =>
      `${size > 0 ? `${size} × ` : ""}${machineType}${spot ? ", spot" : ""}, ${where}`,
  );
}

function componentFace({ type, name }: Recorded, resources: readonly Recorded[]): Face {
  const machines = machineLines(resources);
  const kind = machines.length > 0 ? "host" : /Token|Secret/.test(type) ? "secret" : "other";
  const said = words(lastPart(type).replace(/^Gcp/, ""));
  return face(kind, `${said.charAt(0).toUpperCase()}${said.slice(1)}`, [
    name,
    ...(machines.length > 0 ? machines : partsOf(resources)),
  ]);
}

function faceOf({ root, component, resources }: Bundle): Face {
  const [first, ...others] = resources;
  if (!first) throw new Error(`a box of ${root.name} holds nothing`);
  if (component && isApart(component)) return commandFace(first, component, root);
  if (component) return componentFace(component, resources);
  return (
    FACES[lastPart(first.type)]?.([first, ...others]) ??
    face("other", words(lastPart(first.type)), [first.name])
  );
}

/** What stands together because everything waits for all of it. */
function shelfOf({ resources: [first], component }: Bundle): string | undefined {
  if (first && lastPart(first.type) === "UserRunner") return "Runner records in GitLab";
  if (!component || !isApart(component)) return undefined;
  return first?.name.endsWith("-register") ? "Tokens, to each host" : "Hosts, set up over SSH";
}

/** `name.property` of all that the inputs speak of. */
function propertiesIn(value: unknown): string[] {
  if (value instanceof Sealed) return propertiesIn(value.value);
  if (typeof value === "string")
    return [...value.matchAll(/\$\{([^{}]+\.[A-Za-z]+)\}/g)].flatMap(([, property]) => property ?? []);
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(propertiesIn);
}

const isCustom = ({ custom }: Recorded): boolean => custom;

/** What a resource waits for, resources only: what it names, what it depends on, and what its component depends on. */
function awaited(
  resource: Recorded,
  resources: readonly Recorded[],
  byKey: ReadonlyMap<string, Recorded>,
): Recorded[] {
  const holders = holdersOf(resource, byKey);
  const properties = new Set(propertiesIn(resource.inputs));
  const keys = new Set([resource, ...holders].flatMap(({ dependsOn }) => dependsOn));
  return resources
    .filter(isCustom)
    .filter(
      (one) =>
        one !== resource &&
        (one.outputs.some((output) => properties.has(`${one.name}.${output}`)) ||
          keys.has(keyOf(one)) ||
          holdersOf(one, byKey).some((holder) => keys.has(keyOf(holder)))),
    );
}

const rootTitle = ({ type, name }: Recorded): string =>
  lastPart(type) === "TargetProject" ? `Project ${name}` : `Fleet ${name}`;

const placeOf = (bundle: Bundle): { readonly group: string; readonly shelf: string | undefined } => {
  const shelf = shelfOf(bundle);
  return { group: shelf === undefined ? bundle.root.name : `${shelf} of ${bundle.root.name}`, shelf };
};

function groupsOf(bundles: readonly Bundle[]): DiagramGroup[] {
  const groups = new Map<string, DiagramGroup>();
  for (const bundle of bundles) {
    const { root } = bundle;
    const { group, shelf } = placeOf(bundle);
    groups.set(root.name, { id: root.name, title: rootTitle(root) });
    if (shelf !== undefined) groups.set(group, { id: group, title: shelf, parent: root.name });
  }
  return [...groups.values()];
}

/** Every arrow between boxes, and none twice. */
function edgesOf(resources: readonly Recorded[], bundles: readonly Bundle[]): [string, string][] {
  const byKey = new Map(resources.map((resource) => [keyOf(resource), resource]));
  const boxes = new Map(bundles.flatMap(({ id, resources: all }) => all.map((one) => [one, id] as const)));
  const pairs = bundles.flatMap(({ id, resources: all }) => {
    const waitsFor = new Set(
      all.flatMap((one) => awaited(one, resources, byKey)).map((one) => boxes.get(one)),
    );
    return [...waitsFor]
      .filter((box) => box !== undefined && box !== id)
      .map((box) => [box ?? "", id] as const);
  });
  return pairs.map(([from, to]) => [from, to]);
}

/**
 * @param resources all of the stack's, as they are recorded.
 */
export function stackDiagram(stack: string, resources: readonly Recorded[]): Diagram {
  const bundles = bundlesOf(resources);
  const groups = groupsOf(bundles);
  const nodes = bundles.map(
    (bundle): DiagramNode => ({ id: bundle.id, ...faceOf(bundle), group: placeOf(bundle).group }),
  );
  const pairs = bundled(reduced(edgesOf(resources, bundles)), groups, nodes);
  const count = resources.filter(isCustom).length;
  return {
    title: `Resources of the stack ${stack}`,
    description: `${counted(count, "resource")}, in the order of creation: ${nodes.map(({ title }) => title).join("; ")}.`,
    groups,
    nodes,
    edges: pairs.map(([from, to]) => ({ from, to, kind: "need" })),
  };
}
