/** Every configuration key as tables of Markdown, made from the schema. `npm run docs` puts them into docs/configuration.md. */
import { FLEET_KEYS, kindOf } from "../runner/fleets/kinds.ts";
import { inputSchema } from "./json-schema.ts";
import type { Schema } from "./schema-paths.ts";

interface Row {
  readonly key: string;
  readonly type: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** The mappings that a value may be: several where the schema offers a choice. */
const mappings = (node: Schema): Schema[] =>
  node.properties ? [node] : [...(node.anyOf ?? []), ...(node.allOf ?? [])].flatMap(mappings);

function typeOf(node: Schema): string {
  if (node["x-secret"] === true) return "secret";
  if (Array.isArray(node.enum)) return node.enum.map((value) => `\`${value}\``).join(", ");
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.anyOf) return [...new Set(node.anyOf.map(typeOf))].join(" or ");
  if (node.items) return `list of ${typeOf(node.items)}`;
  if (node.properties) return "mapping";
  if (typeof node.additionalProperties === "object") return `mapping to ${typeOf(node.additionalProperties)}`;
  return String(node.type ?? "value").replace("integer", "number");
}

function fallbackOf(node: Schema, required: boolean): string {
  const value = node.default;
  if (value === undefined) return required ? "**required**" : "";
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) return "";
  return `\`${typeof value === "object" ? JSON.stringify(value) : String(value)}\``;
}

function rowsOf(node: Schema, prefix: string, isChoice = false): Row[] {
  const { properties = {}, required = [] } = node as Schema & { required?: string[] };
  return Object.entries(properties).flatMap(([name, child]) => {
    const list = child.items !== undefined;
    const key = `${prefix}${name}${list && mappings(child.items ?? {}).length > 0 ? "[]" : ""}`;
    const inner = child["x-secret"] === true ? [] : mappings(list ? (child.items ?? {}) : child);
    const meaning = child.description ?? (list ? child.items?.description : undefined) ?? "";
    const row = {
      key,
      type: typeOf(child),
      fallback: isChoice ? "one of these" : fallbackOf(child, required.includes(name)),
      meaning: String(meaning),
    };
    return [row, ...inner.flatMap((choice) => rowsOf(choice, `${key}.`, inner.length > 1))];
  });
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

const table = (rows: readonly Row[]): string =>
  [
    "| key | value | default | meaning |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ({ key, type, fallback, meaning }) =>
        `| \`${key}\` | ${cell(type)} | ${cell(fallback)} | ${cell(meaning)} |`,
    ),
  ].join("\n");

/** Headings of the reference, and how the keys below them begin; the longest beginning decides. */
const CHAPTERS: readonly (readonly [heading: string, ...beginnings: string[]])[] = [
  ["Fleets", "fleets[]"],
  ...FLEET_KEYS.map((kind) => [kindOf({ kind }).title, `fleets[].${kind}`, `fleets[].${kind}[]`] as const),
  ["Projects", "projects[]"],
  ["Registries", "projects[].registry", "projects[].mirrors[]", "projects[].dockerAuth[]"],
  ["Images", "projects[].images[]"],
  ["Gates", "projects[].gates", "projects[].tools"],
  ["A project's own part", "projects[].hooks", "projects[].extraJobs"],
  ["Signatures", "projects[].signing"],
  [
    "Operating",
    ...["rollback", "backup", "refresh", "review", "protection", "cleanup"].map((key) => `projects[].${key}`),
  ],
  ["The stack itself", ""],
];

const isBelow = (key: string, beginning: string): boolean =>
  beginning === "" || key === beginning || key.startsWith(`${beginning}.`);

function headingOf({ key }: Row): string | undefined {
  const fitting = CHAPTERS.flatMap(([heading, ...beginnings]) =>
    beginnings.filter((beginning) => isBelow(key, beginning)).map((beginning) => ({ heading, beginning })),
  );
  return fitting.sort((a, b) => b.beginning.length - a.beginning.length)[0]?.heading;
}

/** A table for each chapter, one row a key. */
export function referenceTables(): string {
  const rows = rowsOf(inputSchema(), "");
  return CHAPTERS.map(([heading]) => {
    const own = rows.filter((row) => headingOf(row) === heading);
    return `## ${heading}\n\n${table(own)}`;
  }).join("\n\n");
}

/** The keys of any other file, by its schema. */
export const tableOfKeys = (schema: Schema): string => table(rowsOf(schema, ""));
