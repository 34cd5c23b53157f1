import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const property: z.ZodType<SchemaProperty> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    $ref: z.string().optional(),
    items: property.optional(),
    additionalProperties: property.optional(),
    secret: z.boolean().optional(),
  }),
);
const properties = z.record(z.string(), property);
const object = z.looseObject({
  properties: properties.default({}),
  required: z.array(z.string()).default([]),
});

export interface SchemaProperty {
  readonly type?: string | undefined;
  readonly $ref?: string | undefined;
  readonly items?: SchemaProperty | undefined;
  readonly additionalProperties?: SchemaProperty | undefined;
  readonly secret?: boolean | undefined;
}
export type SchemaProperties = Readonly<Record<string, SchemaProperty>>;

const schema = z.looseObject({
  resources: z.record(
    z.string(),
    object.extend({ inputProperties: properties, requiredInputs: z.array(z.string()).default([]) }),
  ),
  functions: z.record(z.string(), z.looseObject({ inputs: object.optional(), outputs: object })),
  types: z.record(z.string(), object),
  provider: z.looseObject({ inputProperties: properties }),
});
export type Schema = z.output<typeof schema>;

const file =
  process.env.PULUMI_GITLAB_SCHEMA ??
  path.resolve(import.meta.dirname, "../../../../shared/schemas/pulumi-gitlab.json");

/** The published provider's schema; undefined where the file is not at hand. */
export function readSchema(): Schema | undefined {
  return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** `gitlab:index/userRunner:UserRunner` -> `UserRunner`. */
export function shortName(token: string): string {
  return token.split(":").at(-1) ?? token;
}

/** TypeScript for an argument of that type, without the outermost `Input`. */
export function inputType(given: SchemaProperty): string {
  if (given.$ref !== undefined) return `inputs.${shortName(given.$ref)}`;
  if (given.items !== undefined) return `pulumi.Input<${inputType(given.items)}>[]`;
  if (given.additionalProperties !== undefined) {
    return `{ [key: string]: pulumi.Input<${inputType(given.additionalProperties)}> }`;
  }
  return given.type === "integer" ? "number" : (given.type ?? "");
}

/** TypeScript for an output of that type, without the outermost `Output`; a type of the schema is spelled out. */
export function outputType(given: SchemaProperty, types?: Schema): string {
  if (given.$ref !== undefined) {
    const { properties: members = {} } = types?.types[given.$ref.replace("#/types/", "")] ?? {};
    const spelled = Object.keys(members)
      .sort()
      .map((key) => `readonly ${key}: ${outputType(members[key] ?? {}, types)};`);
    return `{ ${spelled.join(" ")} }`;
  }
  if (given.items !== undefined) return `${outputType(given.items, types)}[]`;
  if (given.additionalProperties !== undefined) {
    return `{ [key: string]: ${outputType(given.additionalProperties, types)} }`;
  }
  return given.type === "integer" ? "number" : (given.type ?? "");
}
