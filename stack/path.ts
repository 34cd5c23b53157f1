/** Finds a configuration key by the name of the entry that it belongs to, so that commands need no index. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { UsageError } from "../command-line.ts";

export const ENTRY_KINDS = ["fleet", "host", "project"] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/** The name of a host or bastion in commands and reports: its address, with the port unless it is SSH's own. */
export const hostName = ({ address, port = 22 }: { readonly address: string; readonly port?: number }) =>
  port === 22 ? address : `${address}:${port}`;

interface Entry {
  readonly name: string;
  readonly path: string;
}

const NAMESPACE = "buildx-runners";

type Values = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): readonly Values[] => (Array.isArray(value) ? value : []);

const isHost = (entry: Values): entry is Values & { readonly address: string; readonly port?: number } =>
  typeof entry.address === "string";

/** A fleet's hosts stand in one of its lists, of which its kind decides the name. */
function hostsOf(fleet: Values, path: string): Entry[] {
  return Object.entries(fleet).flatMap(([key, value]) =>
    listOf(value).flatMap((entry, index) =>
      typeof entry === "object" && entry !== null && isHost(entry)
        ? [{ name: hostName(entry), path: `${path}.${key}[${index}]` }]
        : [],
    ),
  );
}

function entriesOf(config: Values, kind: EntryKind): Entry[] {
  const fleets = listOf(config[`${NAMESPACE}:fleets`]).map((fleet, index) => ({
    ...{ fleet, name: String(fleet.name), path: `${NAMESPACE}:fleets[${index}]` },
  }));
  switch (kind) {
    case "fleet":
      return fleets;
    case "host":
      return fleets.flatMap(({ fleet, path }) => hostsOf(fleet, path));
    case "project":
      return listOf(config[`${NAMESPACE}:projects`]).map((project, index) => ({
        ...{ name: String(project.path), path: `${NAMESPACE}:projects[${index}]` },
      }));
  }
}

export interface PathOptions {
  readonly kind: EntryKind;
  readonly name: string;
  readonly stack: string;
  /** Directory of the stack's file. */
  readonly directory: string;
}

/**
 * The path of an entry, as `pulumi config set --path` takes it.
 *
 * @throws {UsageError} where the stack has no file; and, with the names in the file, unless exactly one entry has the name.
 *
 * @example
 * pathOf({ kind: "host", name: "10.0.0.5", stack: "dev", directory }); // buildx-runners:fleets[0].hosts[0]
 */
export function pathOf({ kind, name, stack, directory }: PathOptions): string {
  const file = `Pulumi.${stack}.yaml`;
  const place = join(directory, file);
  if (!existsSync(place))
    throw new UsageError(`there is no ${place}. Use --stack with a stack that has a file`);
  const document = parse(readFileSync(place, "utf8")) as { config?: Values } | null;
  const entries = entriesOf(document?.config ?? {}, kind);
  const found = entries.filter((entry) => entry.name === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.path;
  const names = [...new Set(entries.map((entry) => entry.name))].join(", ") || "none";
  throw new UsageError(
    found.length === 0
      ? `${file} has no ${kind} ${name}. Use one of the names in the file: ${names}`
      : `${file} has ${found.length} entries for ${kind} ${name}: ${found.map(({ path }) => path).join(", ")}. Use one of these paths`,
  );
}
