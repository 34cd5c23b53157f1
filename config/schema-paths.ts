/** Questions about the schema's shape, answered from its JSON Schema so that nothing is written down twice. */
import { readFileSync } from "node:fs";
import { isSealed, Secret } from "./secret.ts";

/** The part of JSON Schema that is used here. */
export interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: Schema | boolean;
  secret?: boolean;
  [keyword: string]: unknown;
}

let cached: Schema | undefined;
/** As `npm run schema` wrote it: to make it anew takes as long as to parse a whole configuration. */
const schema = (): Schema => {
  cached ??= readSchema();
  return cached;
};

function readSchema(): Schema {
  const text = readFileSync(new URL("stack.schema.json", import.meta.url), "utf8");
  const ours = (JSON.parse(text) as Schema).properties?.config?.properties ?? {};
  const withoutNamespace = (key: string) => key.replace(/^buildx-runners:/, "");
  return {
    properties: Object.fromEntries(
      Object.entries(ours).map(([key, value]) => [withoutNamespace(key), value]),
    ),
  };
}

function branches(node: Schema): Schema[] {
  return [node, ...(node.anyOf ?? []).flatMap(branches), ...(node.allOf ?? []).flatMap(branches)];
}

function step(nodes: Schema[], part: PropertyKey): Schema[] {
  return nodes.flatMap(branches).flatMap((node) => {
    if (typeof part === "number") return node.items ? [node.items] : [];
    const property = node.properties?.[String(part)];
    if (property) return [property];
    return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
  });
}

/** Names of the keys that a schema knows at a path: of stack files unless told another one. */
export function propertyNames(path: readonly PropertyKey[], root: Schema = schema()): string[] {
  const nodes = path.reduce<Schema[]>(step, [root]);
  return [...new Set(nodes.flatMap(branches).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** Paths of all values that must be secret, and are plain text. */
export function plainSecretPaths(values: unknown): PropertyKey[][] {
  const found: PropertyKey[][] = [];
  const visit = (nodes: Schema[], value: unknown, path: PropertyKey[]): void => {
    if (nodes.flatMap(branches).some((node) => node["x-secret"] === true)) {
      if (typeof value === "string" && !isSealed(value)) found.push(path);
      return;
    }
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) visit(step(nodes, index), item, [...path, index]);
    else if (typeof value === "object" && value !== null && !(value instanceof Secret))
      for (const [key, item] of Object.entries(value)) visit(step(nodes, key), item, [...path, key]);
  };
  visit([schema()], values, []);
  return found;
}
