/**
 * The metadata server's tree of directories and values, and the forms in which it is read.
 *
 * @see https://cloud.google.com/compute/docs/metadata/querying-metadata
 * @see https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 */
import type { CloudState, ServiceAccount } from "./state.ts";

/** A value; a list of several is told one a line. */
export type Leaf = string | number | readonly string[];
/** A directory, whose names people chose (`verbatim`) or Google did; a list's are `0`, `1` and so on. */
export interface Directory {
  readonly kind: "directory" | "list" | "verbatim";
  readonly entries: Readonly<Record<string, Node>>;
}
export type Node = Leaf | Directory;

const directory = (entries: Record<string, Node>): Directory => ({ kind: "directory", entries });
const verbatim = (entries: Readonly<Record<string, Node>>): Directory => ({ kind: "verbatim", entries });
const list = (...items: Node[]): Directory => ({
  kind: "list",
  entries: Object.fromEntries(items.map((item, index) => [String(index), item])),
});

export function isDirectory(node: Node): node is Directory {
  return typeof node === "object" && "kind" in node;
}

/** Everything below `/computeMetadata/v1/`, apart from tokens, which no recursive reading shows. */
export function metadataTree(state: CloudState): Directory {
  const { project } = state;
  return directory({
    instance: instanceTree(state),
    oslogin: directory({}),
    project: directory({
      attributes: verbatim(state.projectAttributes),
      "numeric-project-id": project.numericProjectId,
      "project-id": project.projectId,
    }),
  });
}

function instanceTree({ project, instance, attributes, serviceAccount }: CloudState): Directory {
  const inProject = `projects/${project.numericProjectId}`;
  return directory({
    attributes: verbatim(attributes),
    "cpu-platform": "Intel Broadwell",
    description: "",
    disks: list(
      directory({ "device-name": "persistent-disk-0", index: 0, mode: "READ_WRITE", type: "PERSISTENT" }),
    ),
    hostname: `${instance.name}.${instance.zone}.c.${project.projectId}.internal`,
    id: instance.id,
    image: "projects/debian-cloud/global/images/debian-13-trixie-v20260915",
    "machine-type": `${inProject}/machineTypes/${instance.machineType}`,
    "maintenance-event": "NONE",
    name: instance.name,
    // No interface of the lab's has this address, so an agent that sets interfaces up finds nothing to do.
    "network-interfaces": list(
      directory({ ip: "10.132.0.2", mac: "42:01:0a:84:00:02", network: `${inProject}/networks/default` }),
    ),
    preempted: instance.preempted ? "TRUE" : "FALSE",
    "service-accounts": directory(serviceAccount === undefined ? {} : accounts(serviceAccount)),
    ...(instance.stopState === undefined
      ? {}
      : { "shutdown-details": directory({ "stop-state": instance.stopState }) }),
    "virtual-clock": directory({ "drift-token": "0" }),
    zone: `${inProject}/zones/${instance.zone}`,
  });
}

function accounts({ email, scopes }: ServiceAccount): Record<string, Node> {
  const account = directory({ aliases: ["default"], email, scopes });
  return { default: account, [email]: account };
}

/** What a path names (`instance/attributes/`); undefined for what is not there. */
export function find(root: Directory, path: string): Node | undefined {
  let node: Node = root;
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (!isDirectory(node) || !Object.hasOwn(node.entries, name)) return undefined;
    const below: Node | undefined = node.entries[name];
    if (below === undefined) return undefined;
    node = below;
  }
  return node;
}

/** JSON as the server writes it: Google's own names in camel case, those that people chose as they are. */
export function toJson(node: Node): unknown {
  if (!isDirectory(node)) return node;
  const entries = Object.entries(node.entries);
  if (node.kind === "list") return entries.map(([, below]) => toJson(below));
  const named = entries.map(([name, below]) => [
    node.kind === "verbatim" ? name : camelCase(name),
    toJson(below),
  ]);
  return Object.fromEntries(named);
}

function camelCase(name: string): string {
  return name.includes("@") ? name : name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Text as the server writes it: a value alone, or what is in a directory, one name a line. */
export function toText(node: Node): string {
  if (isDirectory(node)) return lines(names(node));
  return typeof node === "object" ? lines(node) : String(node);
}

/** What is in a directory, directories with a slash behind their names. */
export function names({ entries }: Directory): string[] {
  return Object.entries(entries)
    .map(([name, below]) => `${name}${isDirectory(below) ? "/" : ""}`)
    .sort();
}

const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join("");

/** A whole directory as text: a line for each value, its path before it. */
export function toLines(node: Node, path = ""): string {
  if (!isDirectory(node)) return `${path} ${typeof node === "object" ? node.join(" ") : node}\n`;
  return Object.entries(node.entries)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, below]) => toLines(below, path === "" ? name : `${path}/${name}`))
    .join("");
}
